/* The completion queue: one result for each operation, on the caller's thread, whatever happens to the operation. */
#define _POSIX_C_SOURCE 200112L

#include "serving.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 200 };

static void *number(int value) { return (void *)(size_t)value; }

static int number_of(const roomcast_completion *completion) { return (int)(size_t)roomcast_completion_user_data(completion); }

static int send_to(const roomcast_client *client, const char *room, int value, roomcast_pending **pending) {
    return roomcast_broadcast_async(client, room, "hi", NULL, NULL, number(value), pending, NULL) == ROOMCAST_OK;
}

static int is_readable(int fd) {
    struct pollfd polled = {-1, POLLIN, 0};
    polled.fd = fd;
    return poll(&polled, 1, 0) == 1;
}

/* The next result, within the time of the test. */
static roomcast_completion *next(const roomcast_client *client) {
    roomcast_completion *completion = NULL;
    roomcast_error *error = NULL;
    CHECK(roomcast_client_wait(client, 120000, &completion, &error) == ROOMCAST_OK);
    CHECK(completion != NULL && error == NULL);
    return completion;
}

static int is_end(const roomcast_client *client) {
    char nothing = 0;
    roomcast_completion *completion = (roomcast_completion *)&nothing; /* must be overwritten */
    roomcast_error *error = NULL;
    int holds = roomcast_client_next(client, &completion, &error) == ROOMCAST_CONFIGURATION && completion == NULL &&
                strstr(roomcast_error_message(error), "all its results were collected") != NULL &&
                roomcast_client_wait(client, -1, &completion, NULL) == ROOMCAST_CONFIGURATION;
    roomcast_error_free(error);
    return holds;
}

/* Sends without waiting, and collects when the descriptor is readable. */
static void every_send_has_one_result(void) {
    static int seen[MANY];
    roomcast_client *client = client_with(8, 1);
    int fd = roomcast_client_fd(client), collected = 0, i;
    CHECK(fd >= 0 && fd == roomcast_client_fd(client) && !is_readable(fd));
    for (i = 0; i < MANY; i++) {
        CHECK(send_to(client, "r", i, NULL));
    }
    while (collected < MANY) {
        struct pollfd polled = {-1, POLLIN, 0};
        roomcast_completion *completion = NULL;
        polled.fd = fd;
        if (poll(&polled, 1, 120000) != 1) {
            break;
        }
        while (roomcast_client_next(client, &completion, NULL) == ROOMCAST_OK && completion != NULL) {
            seen[number_of(completion)]++;
            collected++;
            CHECK(roomcast_completion_status(completion) == ROOMCAST_OK && roomcast_completion_error(completion) == NULL);
            CHECK(strncmp(roomcast_send_result_message(roomcast_completion_send_result(completion)), "answer ", 7) == 0);
            CHECK(roomcast_completion_peers(completion) == NULL && roomcast_completion_room(completion) == NULL);
            CHECK(roomcast_completion_recipients(completion) == NULL);
            roomcast_completion_free(completion);
        }
        CHECK(!is_readable(fd) || collected < MANY);
    }
    for (i = 0; i < MANY; i++) {
        CHECK(seen[i] == 1);
    }
    CHECK(!is_readable(fd));
    roomcast_client_free(client);
}

static void errors_are_results(void) {
    roomcast_client *client = client_with(4, 1);
    roomcast_completion *completion;
    CHECK(send_to(client, "404", 7, NULL));
    completion = next(client);
    CHECK(number_of(completion) == 7 && roomcast_completion_status(completion) == ROOMCAST_NOT_FOUND);
    CHECK(roomcast_completion_send_result(completion) == NULL);
    CHECK(roomcast_error_outcome(roomcast_completion_error(completion)) == ROOMCAST_OUTCOME_REJECTED);
    CHECK(roomcast_error_http_status(roomcast_completion_error(completion)) == 404);
    roomcast_client_free(client);
    /* It outlives its client. */
    CHECK(roomcast_error_kind(roomcast_completion_error(completion)) == ROOMCAST_NOT_FOUND);
    roomcast_completion_free(completion);
}

/* The test that runs this compares what was sent. */
static void several_recipients(void) {
    static const char *const peers[] = {"p1", "p2"}, *const roles[] = {"host"};
    roomcast_client *client = client_with(4, 1);
    int left;
    CHECK(roomcast_send_to_peers_async(client, "several", peers, 2, "hi", NULL, NULL, number(2), NULL, NULL) == ROOMCAST_OK);
    CHECK(roomcast_send_to_roles_async(client, "several", roles, 1, "hi", NULL, NULL, number(1), NULL, NULL) == ROOMCAST_OK);
    for (left = 2; left > 0; left--) {
        roomcast_completion *completion = next(client);
        const roomcast_recipients *recipients = roomcast_completion_recipients(completion);
        CHECK(roomcast_recipients_count(recipients) == (size_t)number_of(completion));
        CHECK(roomcast_recipients_send_result(recipients, 0) != NULL && roomcast_completion_send_result(completion) == NULL);
        roomcast_completion_free(completion);
    }
    roomcast_client_free(client);
}

static void callbacks_and_the_queue_at_the_same_time(void) {
    roomcast_client *client = client_with(4, 1);
    completion done = COMPLETION_INIT;
    roomcast_completion *collected;
    CHECK(send_to(client, "r", 5, NULL));
    CHECK(roomcast_broadcast_async(client, "r", "hi", NULL, complete, &done, NULL, NULL) == ROOMCAST_OK);
    await(&done);
    collected = next(client);
    CHECK(number_of(collected) == 5 && done.calls == 1 && done.status == ROOMCAST_OK);
    roomcast_completion_free(collected);
    CHECK(roomcast_client_next(client, &collected, NULL) == ROOMCAST_OK && collected == NULL);
    free_results(&done);
    roomcast_client_free(client);
}

static void what_is_cancelled_has_its_result(void) {
    roomcast_client *client = client_with(1, 1);
    roomcast_pending *first = NULL, *second = NULL;
    roomcast_completion *completion;
    CHECK(send_to(client, "hang", 1, &first));
    CHECK(roomcast_broadcast(client, "while-hanging", "hi", NULL, NULL) == ROOMCAST_OK);
    CHECK(send_to(client, "r", 2, &second) && first != NULL && second != NULL);
    roomcast_pending_cancel(second);
    completion = next(client);
    CHECK(number_of(completion) == 2 && roomcast_completion_status(completion) == ROOMCAST_CANCELLED);
    CHECK(roomcast_error_outcome(roomcast_completion_error(completion)) == ROOMCAST_OUTCOME_NOT_SENT);
    roomcast_completion_free(completion);
    roomcast_pending_cancel(first);
    completion = next(client);
    CHECK(number_of(completion) == 1 && roomcast_completion_status(completion) == ROOMCAST_CANCELLED);
    CHECK(roomcast_error_outcome(roomcast_completion_error(completion)) == ROOMCAST_OUTCOME_UNKNOWN);
    roomcast_completion_free(completion);
    roomcast_pending_free(first);
    roomcast_pending_free(second);
    roomcast_client_free(client);
}

static void a_closed_client_has_its_results_then_the_end(void) {
    roomcast_client *client = client_with(1, 1), *other = client_with(1, 1);
    roomcast_completion *completion = NULL;
    roomcast_error *error = NULL;
    CHECK(send_to(client, "held", 1, NULL));
    CHECK(send_to(client, "r", 2, NULL));
    roomcast_client_close(client);
    CHECK(roomcast_broadcast_async(client, "r", "hi", NULL, NULL, NULL, NULL, &error) == ROOMCAST_CONFIGURATION);
    roomcast_error_free(error);
    CHECK(roomcast_client_next(client, &completion, NULL) == ROOMCAST_OK && completion == NULL);
    CHECK(roomcast_broadcast(other, "let-go", "hi", NULL, NULL) == ROOMCAST_OK);
    roomcast_completion_free(next(client));
    roomcast_completion_free(next(client));
    CHECK(is_end(client) && is_end(client));
    roomcast_client_free(client);
    roomcast_client_free(other);
}

static void *wait_for_the_end(void *client) {
    roomcast_completion *completion = NULL;
    size_t collected = 0;
    while (roomcast_client_wait(client, -1, &completion, NULL) == ROOMCAST_OK) {
        collected += completion != NULL;
        roomcast_completion_free(completion);
    }
    return (void *)collected;
}

/* Threads that only collect return when the client is closed. */
static void threads_that_wait_share_the_results(void) {
    enum { THREADS = 3 };
    roomcast_client *client = client_with(4, 1);
    pthread_t threads[THREADS];
    void *collected;
    size_t sum = 0;
    int i;
    for (i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, wait_for_the_end, client) == 0);
    }
    for (i = 0; i < 50; i++) {
        CHECK(send_to(client, "r", i, NULL));
    }
    roomcast_client_close(client);
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &collected);
        sum += (size_t)collected;
    }
    CHECK(sum == 50);
    roomcast_client_free(client);
}

static void nothing_to_wait_for(void) {
    roomcast_client *client = client_with(1, 1);
    roomcast_completion *completion = NULL;
    CHECK(roomcast_client_wait(client, 0, &completion, NULL) == ROOMCAST_OK && completion == NULL);
    CHECK(roomcast_client_wait(client, 20, &completion, NULL) == ROOMCAST_OK && completion == NULL);
    roomcast_client_free(client);
}

/* Neither leaks, nor is it used after it was freed: see the memory checkers. */
static void a_freed_client_frees_its_results(void) {
    roomcast_client *client = client_with(1, 1), *other = client_with(1, 1);
    completion done = COMPLETION_INIT;
    int fd = roomcast_client_fd(client);
    struct pollfd polled = {-1, POLLIN, 0};
    polled.fd = fd;
    CHECK(send_to(client, "r", 1, NULL) && poll(&polled, 1, 120000) == 1);
    CHECK(send_to(client, "held-2", 2, NULL)); /* completes after the client was freed */
    CHECK(roomcast_broadcast_async(client, "r", "hi", NULL, complete, &done, NULL, NULL) == ROOMCAST_OK);
    roomcast_client_free(client);
    CHECK(write(fd, "", 1) == -1); /* it is closed */
    CHECK(roomcast_broadcast(other, "let-go-2", "hi", NULL, NULL) == ROOMCAST_OK);
    await(&done);
    CHECK(done.status == ROOMCAST_OK);
    free_results(&done);
    roomcast_client_free(other);
}

/* A child's queue is its own: it gets none of its parent's results, and the parent all of them. */
static void forked_children(void) {
    roomcast_client *client = client_with(1, 1), *other = client_with(1, 1);
    roomcast_completion *completion = NULL;
    int fd = roomcast_client_fd(client), status = -1;
    pid_t child;
    struct pollfd polled = {-1, POLLIN, 0};
    polled.fd = fd;
    CHECK(send_to(client, "r", 1, NULL) && poll(&polled, 1, 120000) == 1);
    CHECK(send_to(client, "held-3", 2, NULL));
    child = fork();
    if (child == 0) {
        failures_in_test = 0;
        CHECK(roomcast_client_fd(client) != fd && !is_readable(roomcast_client_fd(client)));
        CHECK(roomcast_client_next(client, &completion, NULL) == ROOMCAST_OK && completion == NULL);
        CHECK(send_to(client, "r", 3, NULL));
        completion = next(client);
        CHECK(number_of(completion) == 3 && roomcast_completion_status(completion) == ROOMCAST_OK);
        roomcast_completion_free(completion);
        roomcast_client_close(client);
        CHECK(is_end(client));
        roomcast_client_free(client);
        _exit(failures_in_test == 0 ? 0 : 1);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(is_readable(fd));
    CHECK(roomcast_broadcast(other, "let-go-3", "hi", NULL, NULL) == ROOMCAST_OK);
    completion = next(client);
    CHECK(number_of(completion) == 1);
    roomcast_completion_free(completion);
    completion = next(client);
    CHECK(number_of(completion) == 2 && roomcast_completion_status(completion) == ROOMCAST_OK);
    roomcast_completion_free(completion);
    roomcast_client_free(client);
    roomcast_client_free(other);
}

int main(int count, char **arguments) {
    run("every send has one result", every_send_has_one_result);
    run("errors are results", errors_are_results);
    run("several recipients", several_recipients);
    run("callbacks and the queue at the same time", callbacks_and_the_queue_at_the_same_time);
    run("what is cancelled has its result", what_is_cancelled_has_its_result);
    run("a closed client has its results, then the end", a_closed_client_has_its_results_then_the_end);
    run("threads that wait share the results", threads_that_wait_share_the_results);
    run("nothing to wait for", nothing_to_wait_for);
    run("a freed client frees its results", a_freed_client_frees_its_results);
    if (count < 2 || strcmp(arguments[1], "without-fork") != 0) {
        run("forked children", forked_children);
    }
    return finish();
}
