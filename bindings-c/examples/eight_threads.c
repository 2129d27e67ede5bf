/*
 * Eight threads share one client: eight_threads <room id> <messages of each thread>
 *
 * Create a client once and share it: its threads share a pool of connections and one token. No lock is needed.
 */
#include <roomcast.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 8

/* The input and output of a thread. While the thread runs, no other thread accesses it. */
typedef struct {
    const roomcast_client *client;
    const char *room_id;
    int number, messages;
    int accepted;
} job;

static void *work(void *data) {
    job *mine = data;
    char message[64];
    int i;
    for (i = 0; i < mine->messages; i++) {
        roomcast_error *error = NULL;
        snprintf(message, sizeof message, "thread %d, message %d", mine->number, i);
        if (roomcast_broadcast(mine->client, mine->room_id, message, NULL, &error) == ROOMCAST_OK) {
            mine->accepted++;
        } else {
            fprintf(stderr, "%s\n", roomcast_error_message(error));
            roomcast_error_free(error);
        }
    }
    return NULL;
}

int main(int argc, char **argv) {
    roomcast_client *client = NULL;
    roomcast_error *error = NULL;
    pthread_t threads[THREADS];
    job jobs[THREADS];
    int i, messages, started = 0, accepted = 0;

    if (argc != 3) {
        fprintf(stderr, "usage: %s <room id> <messages of each thread>\n", argv[0]);
        return 2;
    }
    messages = atoi(argv[2]);
    if (roomcast_client_new(NULL, &client, &error) != ROOMCAST_OK) {
        fprintf(stderr, "%s\n", roomcast_error_message(error));
        roomcast_error_free(error);
        return 1;
    }
    for (i = 0; i < THREADS; i++) {
        job one = {NULL, NULL, 0, 0, 0};
        one.client = client;
        one.room_id = argv[1];
        one.number = i;
        one.messages = messages;
        jobs[i] = one;
        if (pthread_create(&threads[i], NULL, work, &jobs[i]) != 0) {
            fputs("cannot start a thread\n", stderr);
            break;
        }
        started++;
    }
    for (i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
        accepted += jobs[i].accepted;
    }
    roomcast_client_free(client); /* no other thread uses it any more */
    printf("%d of %d messages were accepted\n", accepted, THREADS * messages);
    return accepted == THREADS * messages ? 0 : 1;
}
