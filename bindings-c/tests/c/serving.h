/*
 * For programs that are run against the test's own server, whose rooms are its ways to behave (see ../server.py). The
 * environment names the server and the credentials; CA_FILE, if set, the authority to trust.
 */
#ifndef SERVING_H
#define SERVING_H

#include "check.h"

#include <pthread.h>

static inline roomcast_client *client_with(uint32_t max_in_flight, uint32_t max_attempts) {
    roomcast_client_options options = ROOMCAST_CLIENT_OPTIONS_INIT;
    roomcast_client *client = NULL;
    roomcast_error *error = NULL;
    options.max_in_flight = max_in_flight;
    options.max_attempts = max_attempts;
    options.timeout_ms = 120000; /* no test waits for it */
    options.ca_file = getenv("CA_FILE");
    if (roomcast_client_new(&options, &client, &error) != ROOMCAST_OK) {
        fprintf(stderr, "%s\n", roomcast_error_message(error));
        exit(1);
    }
    return client;
}

/* The end of one send that was started. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int calls;
    roomcast_status status;
    roomcast_send_result *send_result;
    roomcast_error *error;
    pthread_t thread; /* that called back */
} ending;

#define ENDING_INIT {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, ROOMCAST_OK, NULL, NULL, 0}

/* A roomcast_on_done whose user_data is an ending. */
static inline void note(void *user_data, roomcast_status status, roomcast_send_result *send_result, roomcast_error *error) {
    ending *end = user_data;
    pthread_mutex_lock(&end->lock);
    end->calls++;
    end->status = status;
    end->send_result = send_result;
    end->error = error;
    end->thread = pthread_self();
    pthread_cond_signal(&end->changed);
    pthread_mutex_unlock(&end->lock);
}

static inline void await(ending *end) {
    pthread_mutex_lock(&end->lock);
    while (end->calls == 0) {
        pthread_cond_wait(&end->changed, &end->lock);
    }
    pthread_mutex_unlock(&end->lock);
}

static inline void forget(ending *end) {
    roomcast_send_result_free(end->send_result);
    roomcast_error_free(end->error);
    end->send_result = NULL;
    end->error = NULL;
}

#endif
