/*
 * A connection that breaks during a write is an error, never a SIGPIPE, which by default ends the program; and signals that
 * the program handles do not affect a send.
 */
#define _XOPEN_SOURCE 600 /* setitimer */

#include "serving.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void sigpipe_would_end_this_program(void) {
    int pair[2], status = 0;
    pid_t child;
    CHECK(signal(SIGPIPE, SIG_DFL) == SIG_DFL);
    child = fork();
    if (child == 0) {
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && shutdown(pair[0], SHUT_RDWR) == 0 &&
            write(pair[0], "x", 1) == 1) {
            _exit(1);
        }
        _exit(2);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
}

/* Cancelling shuts the socket down while the library writes to it. */
static void a_write_that_is_cancelled(void) {
    enum { LARGE = 1024 * 1024 };
    roomcast_client *client = client_with(4, 1);
    roomcast_pending *pending = NULL;
    completion done = COMPLETION_INIT;
    char *large = malloc(LARGE + 1);
    if (large == NULL) {
        abort();
    }
    memset(large, 1, LARGE); /* six bytes each in JSON: more than the system buffers */
    large[LARGE] = '\0';
    CHECK(roomcast_broadcast_async(client, "no-reading", large, NULL, complete, &done, &pending, NULL) == ROOMCAST_OK);
    CHECK(roomcast_broadcast(client, "while-not-reading", "hi", NULL, NULL) == ROOMCAST_OK);
    roomcast_pending_cancel(pending);
    CHECK(done.status == ROOMCAST_CANCELLED);
    CHECK(roomcast_error_outcome(done.error) == ROOMCAST_OUTCOME_UNKNOWN);
    CHECK(roomcast_broadcast(client, "over", "hi", NULL, NULL) == ROOMCAST_OK);
    free_results(&done);
    roomcast_pending_free(pending);
    roomcast_client_free(client);
    free(large);
}

static void a_pooled_connection_that_was_reset(void) {
    roomcast_client *client = client_with(1, 3);
    int i;
    for (i = 0; i < 20; i++) {
        roomcast_error *error = NULL;
        roomcast_status status = roomcast_broadcast(client, "closing", "hi", NULL, &error);
        /* It is chance whether bytes were written before the reset was detected. */
        CHECK(status == ROOMCAST_OK || status == ROOMCAST_CONNECTION);
        roomcast_error_free(error);
    }
    roomcast_client_free(client);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int signal) {
    (void)signal;
    alarms++;
}

/* Waits for 20 more alarms, then lets the server answer. The test harness ends a hang. */
static void *let_go_after_alarms(void *client) {
    struct timespec moment = {0, 1000000};
    int before = alarms;
    while (alarms < before + 20) {
        nanosleep(&moment, NULL);
    }
    CHECK(roomcast_broadcast(client, "let-go", "hi", NULL, NULL) == ROOMCAST_OK);
    return NULL;
}

/* Handled without SA_RESTART, while a send waits for its response. */
static void a_send_among_signals(void) {
    roomcast_client *client = client_with(4, 1);
    roomcast_error *error = NULL;
    struct sigaction action;
    struct itimerval often = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};
    pthread_t thread;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_alarm;
    CHECK(sigaction(SIGALRM, &action, NULL) == 0 && setitimer(ITIMER_REAL, &often, NULL) == 0);
    if (pthread_create(&thread, NULL, let_go_after_alarms, client) != 0) {
        abort();
    }
    CHECK(roomcast_broadcast(client, "held", "hi", NULL, &error) == ROOMCAST_OK);
    check(error == NULL, roomcast_error_message(error), __LINE__);
    pthread_join(thread, NULL);
    setitimer(ITIMER_REAL, &never, NULL);
    roomcast_error_free(error);
    roomcast_client_free(client);
}

int main(void) {
    run("SIGPIPE would end this program", sigpipe_would_end_this_program);
    run("a write that is cancelled", a_write_that_is_cancelled);
    run("a pooled connection that was reset", a_pooled_connection_that_was_reset);
    run("a send among signals", a_send_among_signals);
    return finish();
}
