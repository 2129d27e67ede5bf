/* Sends messages with the C library, and prints the cost as one line of JSON; see rust/src/send.rs. */
#define _GNU_SOURCE /* for getopt_long and clock_gettime */
#include <getopt.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <roomcast.h>

#define ROOM "627cda81ab4f3b56a077dc33"
#define PEER "1038fa72-9345-4651-beab-436f9242ebf4"

static roomcast_client *client;

/* The number of the next message, and the limits of a run. */
static atomic_llong next_number;
static long long limit;
static double until;
/* The sends in flight; the semaphore is posted when there are none. */
static atomic_int sends_in_flight;
static sem_t ended;

static double seconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void fail(const char *what) {
    fprintf(stderr, "bench-c: %s\n", what);
    exit(1);
}

/* Resident memory in KiB: VmRSS is the current value, VmHWM the peak. */
static long memory(const char *format) {
    char line[256];
    long kib = -1;
    FILE *status = fopen("/proc/self/status", "r");
    if (status == NULL) fail("/proc/self/status cannot be read");
    while (kib < 0 && fgets(line, sizeof line, status) != NULL) (void)sscanf(line, format, &kib);
    (void)fclose(status);
    return kib;
}

static int take(char *text, size_t size) {
    long long number;
    if (seconds(CLOCK_MONOTONIC) >= until) return 0;
    number = atomic_fetch_add(&next_number, 1);
    if (number >= limit) return 0;
    (void)snprintf(text, size, "your cards: A\xe2\x99\xa0 K\xe2\x99\xa0 (%lld)", number);
    return 1;
}

static void one_after_another(void) {
    char text[64];
    while (take(text, sizeof text)) {
        roomcast_error *error = NULL;
        if (roomcast_send_to_peer(client, ROOM, PEER, text, NULL, &error) != ROOMCAST_OK)
            fail(roomcast_error_message(error));
    }
}

static void start_next(void);

static void on_done(void *user_data, roomcast_status status, roomcast_send_result *send_result, roomcast_error *error) {
    (void)user_data;
    if (status != ROOMCAST_OK) fail(roomcast_error_message(error));
    roomcast_send_result_free(send_result);
    start_next();
}

/* Starts a send, whose callback starts the next one. */
static void start_next(void) {
    char text[64];
    roomcast_error *error = NULL;
    if (!take(text, sizeof text)) {
        if (atomic_fetch_sub(&sends_in_flight, 1) == 1) sem_post(&ended);
        return;
    }
    if (roomcast_send_to_peer_async(client, ROOM, PEER, text, NULL, on_done, NULL, NULL, &error) != ROOMCAST_OK)
        fail(roomcast_error_message(error));
}

/* An item lives until the next one is taken. */
typedef struct {
    char text[64];
    roomcast_send_options options;
} item_storage;

static int next_item(void *user_data, roomcast_send_item *item) {
    item_storage *storage = user_data;
    if (!take(storage->text, sizeof storage->text)) return 0;
    item->room_id = ROOM;
    item->message = storage->text;
    item->options = &storage->options;
    return 1;
}

static int on_result(void *user_data, const roomcast_item_result *result) {
    (void)user_data;
    if (result->error != NULL) fail(roomcast_error_message(result->error));
    return 0;
}

static void in_one_call(void) {
    item_storage storage = {.options = ROOMCAST_SEND_OPTIONS_INIT};
    roomcast_error *error = NULL;
    storage.options.peer_id = PEER;
    if (roomcast_send_many(client, next_item, on_result, &storage, NULL, &error) != ROOMCAST_OK)
        fail(roomcast_error_message(error));
}

/* Sends up to `messages` messages for up to `for_seconds` seconds, and returns their number. */
static long long send_all(long long messages, double for_seconds, int in_flight, int many) {
    long long taken;
    atomic_store(&next_number, 0);
    limit = messages;
    until = seconds(CLOCK_MONOTONIC) + for_seconds;
    if (many) {
        in_one_call();
    } else if (in_flight == 1) {
        one_after_another();
    } else {
        int i;
        atomic_store(&sends_in_flight, in_flight);
        for (i = 0; i < in_flight; i++) start_next();
        while (sem_wait(&ended) != 0) {}
    }
    taken = atomic_load(&next_number);
    return taken < limit ? taken : limit;
}

int main(int argc, char **argv) {
    static const struct option names[] = {
        {"url", required_argument, NULL, 'u'},       {"messages", required_argument, NULL, 'm'},
        {"in-flight", required_argument, NULL, 'k'}, {"seconds", required_argument, NULL, 's'},
        {"warm-up", required_argument, NULL, 'w'},   {"ca-file", required_argument, NULL, 'c'},
        {"many", no_argument, NULL, 'M'},            {NULL, 0, NULL, 0},
    };
    roomcast_client_options options = ROOMCAST_CLIENT_OPTIONS_INIT;
    roomcast_error *error = NULL;
    long long messages = 0, warm_up = 1000;
    int in_flight = 1, many = 0, option;
    double for_seconds = 60, wall, cpu;
    long idle;

    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (option) {
            case 'u': options.base_url = optarg; break;
            case 'm': messages = atoll(optarg); break;
            case 'k': in_flight = atoi(optarg); break;
            case 's': for_seconds = atof(optarg); break;
            case 'w': warm_up = atoll(optarg); break;
            case 'M': many = 1; break;
            case 'c': options.ca_file = optarg; break;
            default: return 2;
        }
    }
    if (options.base_url == NULL || messages < 1 || in_flight < 1) fail("--url, --messages and --in-flight are required");
    options.timeout_ms = 10000;
    options.max_in_flight = in_flight > 64 ? (uint32_t)in_flight : 64;
    if (sem_init(&ended, 0, 0) != 0) fail("no semaphore");
    if (roomcast_client_new(&options, &client, &error) != ROOMCAST_OK) fail(roomcast_error_message(error));

    /* Idle: the client has sent one message, so it has a token and a connection. */
    (void)send_all(1, 60, in_flight, many);
    idle = memory("VmRSS: %ld");
    (void)send_all(warm_up, 1, in_flight, many);

    wall = seconds(CLOCK_MONOTONIC);
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    messages = send_all(messages, for_seconds, in_flight, many);
    wall = seconds(CLOCK_MONOTONIC) - wall;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("{\"version\":\"%s\",\"messages\":%lld,\"wall_s\":%.6f,\"cpu_s\":%.6f,\"idle_kib\":%ld,\"peak_kib\":%ld}\n",
           roomcast_version(), messages, wall, cpu, idle, memory("VmHWM: %ld"));
    roomcast_client_free(client);
    return 0;
}
