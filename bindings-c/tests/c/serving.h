/*
 * For programs that run against the test server, whose room ids select its behaviour (see ../server.py). The environment
 * names the server and the credentials, and in CA_FILE, if set, the certificate authority to trust.
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
    options.timeout_ms = 120000; /* longer than any test runs */
    options.ca_file = getenv("CA_FILE");
    if (roomcast_client_new(&options, &client, &error) != ROOMCAST_OK) {
        fprintf(stderr, "%s\n", roomcast_error_message(error));
        exit(1);
    }
    return client;
}

/* The result of one asynchronous send. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int calls;
    roomcast_status status;
    roomcast_send_result *send_result;
    roomcast_error *error;
    pthread_t thread; /* that called the callback */
} completion;

#define COMPLETION_INIT {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, ROOMCAST_OK, NULL, NULL, 0}

/* A roomcast_on_done whose user_data is a completion. */
static inline void complete(void *user_data, roomcast_status status, roomcast_send_result *send_result, roomcast_error *error) {
    completion *done = user_data;
    pthread_mutex_lock(&done->lock);
    done->calls++;
    done->status = status;
    done->send_result = send_result;
    done->error = error;
    done->thread = pthread_self();
    pthread_cond_signal(&done->changed);
    pthread_mutex_unlock(&done->lock);
}

/* The result of one asynchronous send to several recipients. */
typedef struct {
    completion done;
    roomcast_recipients *recipients;
} several_completion;

/* A roomcast_on_recipients whose user_data is a several_completion. */
static inline void complete_several(void *user_data, roomcast_status status, roomcast_recipients *recipients, roomcast_error *error) {
    several_completion *several = user_data;
    several->recipients = recipients;
    complete(&several->done, status, NULL, error);
}

static inline void await(completion *done) {
    pthread_mutex_lock(&done->lock);
    while (done->calls == 0) {
        pthread_cond_wait(&done->changed, &done->lock);
    }
    pthread_mutex_unlock(&done->lock);
}

static inline void free_results(completion *done) {
    roomcast_send_result_free(done->send_result);
    roomcast_error_free(done->error);
    done->send_result = NULL;
    done->error = NULL;
}

#endif
