/*
 * What a call leaves as it was: errno; a cancellation, which takes effect after the call; the thread's signal mask; and the
 * program's signals, which the library's threads do not take.
 */
#define _XOPEN_SOURCE 700

#include "serving.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

/* No call sets errno to it. */
enum { MARK = 4711 };

#define KEEPS_ERRNO(call) (errno = MARK, (void)(call), check(errno == MARK, "errno after " #call, __LINE__))

static void errno_after_calls(void) {
    roomcast_client_options options = ROOMCAST_CLIENT_OPTIONS_INIT;
    roomcast_client *client = NULL;
    roomcast_error *error = NULL;
    roomcast_pending *pending = NULL;
    roomcast_status status = ROOMCAST_OK;
    completion done = COMPLETION_INIT;
    int i;
    options.ca_file = getenv("CA_FILE");
    KEEPS_ERRNO(status = roomcast_client_new(&options, &client, &error));
    CHECK(status == ROOMCAST_OK);
    for (i = 0; i < 3; i++) { /* a new connection, kept ones, and one that was reset */
        KEEPS_ERRNO(status = roomcast_broadcast(client, i == 0 ? "room" : "closing", "hi", NULL, NULL));
        KEEPS_ERRNO(status = roomcast_broadcast(client, "404", "hi", NULL, &error));
        CHECK(status != ROOMCAST_OK && error != NULL);
        KEEPS_ERRNO(roomcast_error_message(error));
        KEEPS_ERRNO(roomcast_error_free(error));
    }
    KEEPS_ERRNO(status = roomcast_broadcast_async(client, "hang", "hi", NULL, complete, &done, &pending, NULL));
    CHECK(status == ROOMCAST_OK);
    KEEPS_ERRNO(roomcast_pending_cancel(pending));
    await(&done);
    CHECK(done.status == ROOMCAST_CANCELLED);
    KEEPS_ERRNO(roomcast_pending_free(pending));
    KEEPS_ERRNO(roomcast_client_close(client));
    KEEPS_ERRNO(roomcast_client_free(client));
    free_results(&done);
}

/* --- cancellation --- */

typedef struct {
    roomcast_client *client;
    roomcast_status status;
    int started, returned, after; /* how far the thread came */
    int state;                    /* of cancellation, after the call */
} cancelled_thread;

static void *send_and_go_on(void *data) {
    cancelled_thread *it = data;
    it->started = 1;
    it->status = roomcast_broadcast(it->client, "held", "hi", NULL, NULL);
    it->returned = 1;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &it->state);
    pthread_testcancel();
    it->after = 1;
    return NULL;
}

/* The call continues to its end; the thread is cancelled at its next cancellation point. */
static void a_thread_that_is_cancelled_in_a_call(void) {
    cancelled_thread it;
    pthread_t thread;
    void *result = NULL;
    struct timespec moment = {0, 100000000};
    memset(&it, 0, sizeof it);
    it.client = client_with(1, 1);
    it.state = -1;
    if (pthread_create(&thread, NULL, send_and_go_on, &it) != 0) {
        abort();
    }
    nanosleep(&moment, NULL); /* most likely it waits for the response by now; else the test is only easier to pass */
    CHECK(pthread_cancel(thread) == 0);
    nanosleep(&moment, NULL);
    CHECK(roomcast_broadcast(it.client, "let-go", "hi", NULL, NULL) == ROOMCAST_OK);
    CHECK(pthread_join(thread, &result) == 0);
    if (it.started) { /* else it was cancelled before it began */
        CHECK(it.returned && it.status == ROOMCAST_OK);
        CHECK(it.state == PTHREAD_CANCEL_ENABLE);
        CHECK(!it.after);
    }
    CHECK(result == PTHREAD_CANCELED);
    roomcast_client_free(it.client);
}

static void a_thread_that_had_disabled_cancellation(void) {
    int state = -1;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    CHECK(strcmp(roomcast_status_name(ROOMCAST_OK), "ok") == 0);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
    CHECK(state == PTHREAD_CANCEL_DISABLE);
}

/* --- signals --- */

/* Counts the library's threads, and checks which signals they block. */
static int library_threads(void) {
    static const int ours[] = {SIGINT, SIGTERM, SIGHUP, SIGALRM, SIGCHLD, SIGUSR1, SIGUSR2, SIGIO, SIGPROF};
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    int count = 0;
    struct dirent *entry;
    DIR *tasks = opendir("/proc/self/task");
    while (tasks != NULL && (entry = readdir(tasks)) != NULL) {
        char path[300], line[200], name[40] = "";
        unsigned long long blocked = 0;
        FILE *status;
        size_t i;
        snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
        if (entry->d_name[0] == '.' || (status = fopen(path, "r")) == NULL) {
            continue;
        }
        while (fgets(line, sizeof line, status) != NULL) {
            sscanf(line, "Name: %39s", name);
            sscanf(line, "SigBlk: %llx", &blocked);
        }
        fclose(status);
        if (strncmp(name, "roomcast", 8) != 0) {
            continue;
        }
        count++;
        for (i = 0; i < sizeof ours / sizeof *ours; i++) {
            check((blocked >> (ours[i] - 1)) & 1, name, __LINE__);
        }
        for (i = 0; i < sizeof faults / sizeof *faults; i++) {
            check(!((blocked >> (faults[i] - 1)) & 1), name, __LINE__);
        }
    }
    if (tasks != NULL) {
        closedir(tasks);
    }
    return count;
}

static volatile sig_atomic_t handled;

static void on_signal(int signal) {
    (void)signal;
    handled++;
}

static void the_library_s_threads_take_no_signal(void) {
    roomcast_client *client = client_with(4, 1);
    completion done = COMPLETION_INIT;
    roomcast_pending *pending = NULL;
    struct sigaction action;
    sigset_t before, after, usr1, waiting;
    int i;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    CHECK(roomcast_broadcast_async(client, "hang", "hi", NULL, complete, &done, &pending, NULL) == ROOMCAST_OK);
    CHECK(roomcast_broadcast(client, "while-hanging", "hi", NULL, NULL) == ROOMCAST_OK);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (i = 1; i < 32; i++) {
        CHECK(sigismember(&before, i) == sigismember(&after, i));
    }
    CHECK(library_threads() >= 1);

    /* Blocked here, a signal to the process has no thread to go to: it waits. */
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    CHECK(kill(getpid(), SIGUSR1) == 0);
    CHECK(roomcast_broadcast(client, "room", "hi", NULL, NULL) == ROOMCAST_OK);
    CHECK(handled == 0 && sigpending(&waiting) == 0 && sigismember(&waiting, SIGUSR1) == 1);
    pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
    CHECK(handled == 1);

    roomcast_pending_cancel(pending);
    await(&done);
    free_results(&done);
    roomcast_pending_free(pending);
    roomcast_client_free(client);
}

int main(void) {
    run("errno after calls", errno_after_calls);
    run("a thread that is cancelled in a call", a_thread_that_is_cancelled_in_a_call);
    run("a thread that had disabled cancellation", a_thread_that_had_disabled_cancellation);
    run("the library's threads take no signal", the_library_s_threads_take_no_signal);
    return finish();
}
