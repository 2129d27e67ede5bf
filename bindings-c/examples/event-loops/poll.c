/*
 * Sends without waiting, in a loop around poll(): poll <room id> <how many>
 *
 * A server polls its own sockets in the same call. SIGTERM and SIGINT drain the client: what is in flight ends, and what is left then
 * has its result, with what is known of its message.
 */
#define _POSIX_C_SOURCE 200112L

#include "sends.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

static volatile sig_atomic_t stopping;

static void stop(int number) {
    (void)number;
    stopping = 1;
}

int main(int argc, char **argv) {
    sends all = start_sends(argc, argv);
    struct pollfd polled[1];
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = stop;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);

    polled[0].fd = roomcast_client_fd(all.client);
    polled[0].events = POLLIN;
    while (all.collected < all.started && !stopping) {
        /* A second at most, since a signal may come right before. */
        if (poll(polled, 1, 1000) < 0 && errno != EINTR) {
            perror("poll");
            return 2;
        }
        if (polled[0].revents & POLLIN) {
            collect(&all);
        }
    }
    if (stopping && roomcast_client_drain(all.client, 5000, NULL, NULL) == ROOMCAST_OK) {
        collect(&all);
    }
    return finish_sends(&all);
}
