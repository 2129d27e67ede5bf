/*
 * Asynchronous sends: without_waiting <room id> <how many>
 *
 * Starts all sends without waiting for any. Each result goes to a callback on a thread of the library. The callback is short,
 * as it should be: it stores the result for the main thread, and wakes that thread.
 */
#include <roomcast.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* A send and its result. */
typedef struct {
    char message[32];
    struct progress *progress;
    roomcast_error *error; /* NULL if the server accepted the message */
} pending_send;

/* Shared with the callbacks, which count the sends that have ended. */
typedef struct progress {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int ended;
} progress;

static void on_done(void *user_data, roomcast_status status, roomcast_send_result *send_result, roomcast_error *error) {
    pending_send *mine = user_data;
    progress *shared = mine->progress;
    (void)status;
    roomcast_send_result_free(send_result);
    pthread_mutex_lock(&shared->lock);
    mine->error = error; /* owned by the program now: the main thread frees it */
    shared->ended++;
    pthread_cond_signal(&shared->changed);
    pthread_mutex_unlock(&shared->lock);
}

int main(int argc, char **argv) {
    roomcast_client *client = NULL;
    roomcast_error *error = NULL;
    progress shared = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
    pending_send *sends;
    int i, count, started = 0, accepted = 0;

    if (argc != 3 || (count = atoi(argv[2])) < 1) {
        fprintf(stderr, "usage: %s <room id> <how many>\n", argv[0]);
        return 2;
    }
    sends = calloc((size_t)count, sizeof *sends);
    if (sends == NULL || roomcast_client_new(NULL, &client, &error) != ROOMCAST_OK) {
        fprintf(stderr, "%s\n", roomcast_error_message(error));
        roomcast_error_free(error);
        free(sends);
        return 1;
    }

    for (i = 0; i < count; i++) {
        pending_send *one = &sends[started];
        snprintf(one->message, sizeof one->message, "message %d", i);
        one->progress = &shared;
        if (roomcast_broadcast_async(client, argv[1], one->message, NULL, on_done, one, NULL, &error) == ROOMCAST_OK) {
            started++; /* on_done will be called, or has been called already */
        } else {
            fprintf(stderr, "%s\n", roomcast_error_message(error)); /* on_done will not be called */
            roomcast_error_free(error);
        }
    }

    /* A real program does its other work here. */

    pthread_mutex_lock(&shared.lock);
    while (shared.ended < started) {
        pthread_cond_wait(&shared.changed, &shared.lock);
    }
    pthread_mutex_unlock(&shared.lock);
    for (i = 0; i < started; i++) {
        if (sends[i].error == NULL) {
            accepted++;
        } else {
            fprintf(stderr, "%s: %s\n", sends[i].message, roomcast_error_message(sends[i].error));
            roomcast_error_free(sends[i].error);
        }
    }
    free(sends);
    roomcast_client_free(client);
    printf("%d of %d messages were accepted\n", accepted, count);
    return accepted == count ? 0 : 1;
}
