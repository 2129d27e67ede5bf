/*
 * Forks with idle connections in the pool, a send in flight, and other threads that are sending; then parent and children
 * send at the same time. Prints "<message> -> <the server's text>" for each send; the test that runs this compares it with
 * what the server received.
 */
#define _POSIX_C_SOURCE 200112L

#include "serving.h"

#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, CHILDREN = 3, EACH = 6 };

typedef struct {
    const roomcast_client *client;
    const char *who;
    int number;
} job;

static void print_line(const char *message, const roomcast_send_result *send_result) {
    char line[160];
    int length = snprintf(line, sizeof line, "%s -> %s\n", message, roomcast_send_result_message(send_result));
    /* A single write, so that lines of several processes do not interleave. */
    if (length < 0 || write(STDOUT_FILENO, line, (size_t)length) != length) {
        _exit(1);
    }
}

static int send_one(const roomcast_client *client, const char *who, int number, int i) {
    roomcast_send_options to = ROOMCAST_SEND_OPTIONS_INIT;
    roomcast_send_result *send_result = NULL;
    roomcast_error *error = NULL;
    char message[64];
    roomcast_status status;
    snprintf(message, sizeof message, "%s-%d-%d", who, number, i);
    to.send_result = &send_result;
    status = roomcast_broadcast(client, "r", message, &to, &error);
    if (status == ROOMCAST_OK) {
        print_line(message, send_result);
    } else {
        fprintf(stderr, "%s: %s\n", message, roomcast_error_message(error));
    }
    roomcast_send_result_free(send_result);
    roomcast_error_free(error);
    return status == ROOMCAST_OK ? 0 : 1;
}

static void *send_some(void *data) {
    job *mine = data;
    int i;
    for (i = 0; i < EACH; i++) {
        if (send_one(mine->client, mine->who, mine->number, i) != 0) {
            _exit(1);
        }
    }
    return NULL;
}

static void start(pthread_t *threads, job *jobs, const roomcast_client *client, const char *who) {
    int i;
    for (i = 0; i < THREADS; i++) {
        job one = {NULL, NULL, 0};
        one.client = client;
        one.who = who;
        one.number = i;
        jobs[i] = one;
        if (pthread_create(&threads[i], NULL, send_some, &jobs[i]) != 0) {
            _exit(1);
        }
    }
}

static void join(pthread_t *threads) {
    int i;
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
}

static int send_async(const roomcast_client *client, const char *message) {
    completion done = COMPLETION_INIT;
    int accepted;
    if (roomcast_broadcast_async(client, "r", message, NULL, complete, &done, NULL, NULL) != ROOMCAST_OK) {
        return 1;
    }
    await(&done);
    accepted = done.status == ROOMCAST_OK;
    if (accepted) {
        print_line(message, done.send_result);
    }
    free_results(&done);
    return accepted ? 0 : 1;
}

static int child(roomcast_client *client, int number, roomcast_pending *of_parent, const completion *end_of_parent) {
    char message[64];
    int i, bad = 0;
    roomcast_pending_cancel(of_parent); /* no effect: the parent started it */
    bad |= end_of_parent->calls != 0;
    roomcast_pending_free(of_parent);
    for (i = 0; i < EACH; i++) {
        bad |= send_one(client, "child", number, i);
    }
    snprintf(message, sizeof message, "child-%d-async", number);
    bad |= send_async(client, message);
    bad |= end_of_parent->calls != 0;
    roomcast_client_close(client);
    roomcast_client_free(client);
    return bad;
}

int main(void) {
    roomcast_client *client = client_with(THREADS + 2, 3);
    roomcast_pending *pending = NULL;
    completion held = COMPLETION_INIT;
    pthread_t threads[THREADS];
    job jobs[THREADS];
    pid_t children[CHILDREN];
    int i, status, bad = 0;

    start(threads, jobs, client, "warm");
    join(threads);
    if (roomcast_broadcast_async(client, "held", "held", NULL, complete, &held, &pending, NULL) != ROOMCAST_OK) {
        return 1;
    }
    start(threads, jobs, client, "parent");
    for (i = 0; i < CHILDREN; i++) {
        children[i] = fork();
        if (children[i] < 0) {
            return 1;
        } else if (children[i] == 0) {
            exit(child(client, i, pending, &held));
        }
    }
    bad |= send_async(client, "parent-async");
    join(threads);
    for (i = 0; i < CHILDREN; i++) {
        if (waitpid(children[i], &status, 0) != children[i] || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            fprintf(stderr, "child %d ended with %d\n", i, status);
            bad = 1;
        }
    }
    bad |= roomcast_broadcast(client, "let-go", "let-go", NULL, NULL) != ROOMCAST_OK;
    await(&held);
    if (held.status != ROOMCAST_OK) {
        fprintf(stderr, "the send that was in flight: %s\n", roomcast_error_message(held.error));
        bad = 1;
    }
    free_results(&held);
    roomcast_pending_free(pending);
    roomcast_client_free(client);
    return bad;
}
