/*
 * Sends without waiting: without_waiting <room id> <how many>
 *
 * Starts all sends at once and goes on; each answer comes to a callback on a thread of roomcast's. The callback does what
 * a callback should: it puts the result where the main thread finds it, and wakes that one.
 */
#include <roomcast.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* A send, as it was started and as it ended. */
typedef struct {
    char message[32];
    struct board *board;
    roomcast_error *error; /* NULL if the server took the message */
} sending;

/* Where callbacks count what has ended. */
typedef struct board {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int ended;
} board;

static void on_done(void *user_data, roomcast_status status, roomcast_send_result *send_result, roomcast_error *error) {
    sending *mine = user_data;
    board *shared = mine->board;
    (void)status;
    roomcast_send_result_free(send_result);
    pthread_mutex_lock(&shared->lock);
    mine->error = error; /* ours now: the main thread frees it */
    shared->ended++;
    pthread_cond_signal(&shared->changed);
    pthread_mutex_unlock(&shared->lock);
}

int main(int argc, char **argv) {
    roomcast_client *client = NULL;
    roomcast_error *error = NULL;
    board shared = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
    sending *sends;
    int i, count, started = 0, taken = 0;

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
        sending *one = &sends[started];
        snprintf(one->message, sizeof one->message, "message %d", i);
        one->board = &shared;
        if (roomcast_broadcast_async(client, argv[1], one->message, NULL, on_done, one, NULL, &error) == ROOMCAST_OK) {
            started++; /* on_done will be called, and may have been already */
        } else {
            fprintf(stderr, "%s\n", roomcast_error_message(error)); /* on_done will not be called */
            roomcast_error_free(error);
        }
    }

    /* Here a program does its other work. */

    pthread_mutex_lock(&shared.lock);
    while (shared.ended < started) {
        pthread_cond_wait(&shared.changed, &shared.lock);
    }
    pthread_mutex_unlock(&shared.lock);
    for (i = 0; i < started; i++) {
        if (sends[i].error == NULL) {
            taken++;
        } else {
            fprintf(stderr, "%s: %s\n", sends[i].message, roomcast_error_message(sends[i].error));
            roomcast_error_free(sends[i].error);
        }
    }
    free(sends);
    roomcast_client_free(client);
    printf("%d of %d messages were taken\n", taken, count);
    return taken == count ? 0 : 1;
}
