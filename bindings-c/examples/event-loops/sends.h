/*
 * What the programs here have in common: they start sends without waiting, and collect the results on the event loop's thread when
 * the client's file descriptor is readable. No library thread runs the program's code, so no lock is needed.
 */
#ifndef SENDS_H
#define SENDS_H

#include <roomcast.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    roomcast_client *client;
    int started, collected, accepted;
} sends;

/* Creates the client and starts the sends. The arguments are <room id> <how many>. Ends the program if that is not possible. */
static inline sends start_sends(int argc, char **argv) {
    sends all = {NULL, 0, 0, 0};
    roomcast_error *error = NULL;
    char message[32];
    int i, count = argc == 3 ? atoi(argv[2]) : 0;
    if (count < 1) {
        fprintf(stderr, "usage: %s <room id> <how many>\n", argv[0]);
        exit(2);
    }
    if (roomcast_client_new(NULL, &all.client, &error) != ROOMCAST_OK) {
        fprintf(stderr, "%s\n", roomcast_error_message(error));
        exit(2);
    }
    for (i = 0; i < count; i++) {
        snprintf(message, sizeof message, "message %d", i);
        /* Without a callback: the result goes to the client's completion queue, with the number as its user_data. */
        if (roomcast_broadcast_async(all.client, argv[1], message, NULL, NULL, (void *)(intptr_t)i, NULL, &error) == ROOMCAST_OK) {
            all.started++;
        } else {
            fprintf(stderr, "message %d was not started: %s\n", i, roomcast_error_message(error));
            roomcast_error_free(error);
        }
    }
    return all;
}

/* Collects the results that are there. Returns whether more are to come. */
static inline int collect(sends *all) {
    roomcast_completion *completion = NULL;
    while (roomcast_client_next(all->client, &completion, NULL) == ROOMCAST_OK && completion != NULL) {
        all->collected++;
        if (roomcast_completion_status(completion) == ROOMCAST_OK) {
            all->accepted++;
        } else {
            fprintf(stderr, "message %d: %s\n", (int)(intptr_t)roomcast_completion_user_data(completion),
                    roomcast_error_message(roomcast_completion_error(completion)));
        }
        roomcast_completion_free(completion);
    }
    return all->collected < all->started;
}

/* Frees the client, after its descriptor was removed from the event loop. Returns the program's exit code. */
static inline int finish_sends(sends *all) {
    printf("%d of %d messages were accepted\n", all->accepted, all->started);
    roomcast_client_free(all->client);
    return all->accepted == all->started && all->started > 0 ? 0 : 1;
}

#endif
