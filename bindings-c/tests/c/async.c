/* Asynchronous sends: every callback is called exactly once with the right result, and cancelling is safe at any time. */
#define _POSIX_C_SOURCE 200112L

#include "serving.h"

static void every_callback_is_called_once(void) {
    enum { MANY = 200 };
    static completion ends[MANY];
    roomcast_client *client = client_with(8, 1);
    int i;
    for (i = 0; i < MANY; i++) {
        completion fresh = COMPLETION_INIT;
        ends[i] = fresh;
        CHECK(roomcast_broadcast_async(client, "r", "hi", NULL, complete, &ends[i], NULL, NULL) == ROOMCAST_OK);
    }
    for (i = 0; i < MANY; i++) {
        await(&ends[i]);
    }
    roomcast_client_free(client);
    for (i = 0; i < MANY; i++) {
        CHECK(ends[i].calls == 1);
        CHECK(ends[i].status == ROOMCAST_OK && ends[i].error == NULL);
        CHECK(strncmp(roomcast_send_result_message(ends[i].send_result), "answer ", 7) == 0);
        CHECK(roomcast_send_result_attempts(ends[i].send_result) == 1);
        CHECK(!pthread_equal(ends[i].thread, pthread_self()));
        free_results(&ends[i]);
    }
}

/* The test that runs this compares what each function sent. */
static void every_target(void) {
    roomcast_client *client = client_with(1, 1);
    roomcast_send_options to = ROOMCAST_SEND_OPTIONS_INIT, typed = ROOMCAST_SEND_OPTIONS_INIT;
    roomcast_send_options event = ROOMCAST_SEND_OPTIONS_INIT, reaction = ROOMCAST_SEND_OPTIONS_INIT;
    completion ends[6] = {COMPLETION_INIT, COMPLETION_INIT, COMPLETION_INIT,
                          COMPLETION_INIT, COMPLETION_INIT, COMPLETION_INIT};
    int i;
    char message[8] = "one", name[8] = "deal";
    to.peer_id = "p1";
    typed.type = "chat";
    event.format = ROOMCAST_FORMAT_EVENT;
    event.type = name;
    event.role = "host";
    reaction.format = ROOMCAST_FORMAT_REACTION;
    reaction.audience = ROOMCAST_AUDIENCE_EVERYONE;
    reaction.timeout_ms = 60000;
    CHECK(roomcast_send_message_async(client, "targets", message, &to, complete, &ends[0], NULL, NULL) == ROOMCAST_OK);
    memset(message, 'x', sizeof message - 1); /* it was copied */
    CHECK(roomcast_send_to_peer_async(client, "targets", "p2", "two", &typed, complete, &ends[1], NULL, NULL) == ROOMCAST_OK);
    CHECK(roomcast_send_to_role_async(client, "targets", "host", "three", NULL, complete, &ends[2], NULL, NULL) == ROOMCAST_OK);
    CHECK(roomcast_broadcast_async(client, "targets", "four", &typed, complete, &ends[3], NULL, NULL) == ROOMCAST_OK);
    CHECK(roomcast_send_message_async(client, "targets", "[5]", &event, complete, &ends[4], NULL, NULL) == ROOMCAST_OK);
    memset(name, 'x', sizeof name - 1);
    CHECK(roomcast_send_message_async(client, "targets", "+1", &reaction, complete, &ends[5], NULL, NULL) == ROOMCAST_OK);
    for (i = 0; i < 6; i++) {
        await(&ends[i]);
        CHECK(ends[i].status == ROOMCAST_OK);
        free_results(&ends[i]);
    }
    roomcast_client_free(client);
}

static void errors_reach_the_callback(void) {
    roomcast_client *client = client_with(4, 1);
    completion refused = COMPLETION_INIT, broken = COMPLETION_INIT;
    CHECK(roomcast_broadcast_async(client, "404", "hi", NULL, complete, &refused, NULL, NULL) == ROOMCAST_OK);
    CHECK(roomcast_broadcast_async(client, "hang-up", "hi", NULL, complete, &broken, NULL, NULL) == ROOMCAST_OK);
    await(&refused);
    await(&broken);
    CHECK(refused.status == ROOMCAST_NOT_FOUND && refused.send_result == NULL);
    CHECK(roomcast_error_kind(refused.error) == ROOMCAST_NOT_FOUND);
    CHECK(roomcast_error_outcome(refused.error) == ROOMCAST_OUTCOME_REJECTED);
    CHECK(roomcast_error_http_status(refused.error) == 404);
    CHECK(broken.status == ROOMCAST_CONNECTION && broken.send_result == NULL);
    CHECK(roomcast_error_outcome(broken.error) == ROOMCAST_OUTCOME_UNKNOWN);
    free_results(&refused);
    free_results(&broken);
    roomcast_client_free(client);
}

static void cancelling(void) {
    roomcast_client *client = client_with(2, 1);
    roomcast_pending *first = NULL, *second = NULL, *third = NULL;
    completion sent = COMPLETION_INIT, also_sent = COMPLETION_INIT, queued = COMPLETION_INIT;
    CHECK(roomcast_broadcast_async(client, "hang", "hi", NULL, complete, &sent, &first, NULL) == ROOMCAST_OK);
    CHECK(first != NULL);
    /* The server answers this once it has read the first. */
    CHECK(roomcast_broadcast(client, "while-hanging", "hi", NULL, NULL) == ROOMCAST_OK);
    CHECK(roomcast_broadcast_async(client, "hang", "hi", NULL, complete, &also_sent, &second, NULL) == ROOMCAST_OK);
    CHECK(roomcast_broadcast_async(client, "hang", "hi", NULL, complete, &queued, &third, NULL) == ROOMCAST_OK);

    roomcast_pending_cancel(third);
    CHECK(queued.calls == 1 && queued.status == ROOMCAST_CANCELLED);
    CHECK(pthread_equal(queued.thread, pthread_self()));
    CHECK(roomcast_error_outcome(queued.error) == ROOMCAST_OUTCOME_NOT_SENT);

    roomcast_pending_cancel(first);
    CHECK(sent.calls == 1 && sent.status == ROOMCAST_CANCELLED);
    CHECK(roomcast_error_kind(sent.error) == ROOMCAST_CANCELLED);
    CHECK(roomcast_error_outcome(sent.error) == ROOMCAST_OUTCOME_UNKNOWN);
    CHECK(sent.send_result == NULL);

    roomcast_pending_cancel(second);
    roomcast_pending_cancel(second);
    roomcast_pending_cancel(first);
    CHECK(sent.calls == 1 && also_sent.calls == 1 && queued.calls == 1);
    free_results(&sent);
    free_results(&also_sent);
    free_results(&queued);
    roomcast_pending_free(first);
    roomcast_pending_free(second);
    roomcast_pending_free(third);
    roomcast_client_free(client);
}

static void a_full_queue_fails_immediately(void) {
    enum { MANY = 70, LONG = 1024 * 1024 };
    static completion ends[MANY];
    static roomcast_pending *pending[MANY];
    static char message[LONG + 1];
    roomcast_client *client = client_with(1, 1);
    roomcast_error *error = NULL;
    int started = 0, i;
    memset(message, 'x', LONG);
    while (started < MANY) {
        completion fresh = COMPLETION_INIT;
        ends[started] = fresh;
        if (roomcast_broadcast_async(client, "hang", message, NULL, complete, &ends[started], &pending[started], &error) != ROOMCAST_OK) {
            break;
        }
        started++;
    }
    CHECK(started < MANY && ends[started].calls == 0);
    CHECK(roomcast_error_kind(error) == ROOMCAST_QUEUE_FULL);
    CHECK(roomcast_error_outcome(error) == ROOMCAST_OUTCOME_NOT_SENT);
    roomcast_error_free(error);
    for (i = 0; i < started; i++) {
        roomcast_pending_cancel(pending[i]);
        CHECK(ends[i].calls == 1 && ends[i].status == ROOMCAST_CANCELLED);
        free_results(&ends[i]);
        roomcast_pending_free(pending[i]);
    }
    roomcast_client_free(client);
}

static void cancelling_after_the_end(void) {
    roomcast_client *client = client_with(1, 1);
    roomcast_pending *pending = NULL;
    completion done = COMPLETION_INIT;
    CHECK(roomcast_broadcast_async(client, "r", "hi", NULL, complete, &done, &pending, NULL) == ROOMCAST_OK);
    await(&done);
    roomcast_pending_cancel(pending);
    CHECK(done.calls == 1 && done.status == ROOMCAST_OK);
    free_results(&done);
    roomcast_client_free(client);
    roomcast_pending_cancel(pending); /* outlives its client */
    roomcast_pending_free(pending);
}

static void freeing_a_handle_does_not_cancel(void) {
    roomcast_client *client = client_with(1, 1);
    roomcast_pending *pending = NULL;
    completion done = COMPLETION_INIT, go = COMPLETION_INIT;
    roomcast_client *other = client_with(1, 1);
    CHECK(roomcast_broadcast_async(client, "held", "hi", NULL, complete, &done, &pending, NULL) == ROOMCAST_OK);
    roomcast_pending_free(pending);
    roomcast_client_free(client); /* nor does this cancel a send in flight */
    CHECK(roomcast_broadcast_async(other, "let-go", "hi", NULL, complete, &go, NULL, NULL) == ROOMCAST_OK);
    await(&go);
    await(&done);
    CHECK(go.status == ROOMCAST_OK && done.status == ROOMCAST_OK);
    free_results(&go);
    free_results(&done);
    roomcast_client_free(other);
}

/* user_data that holds the send's own handle; the callback frees both. */
typedef struct {
    roomcast_pending *pending;
    completion *last;
} owner;

static void free_everything(void *user_data, roomcast_status status, roomcast_send_result *send_result, roomcast_error *error) {
    owner *mine = user_data;
    completion *last = mine->last;
    (void)status;
    roomcast_send_result_free(send_result);
    roomcast_error_free(error);
    roomcast_pending_cancel(mine->pending); /* no effect: this is the callback */
    roomcast_pending_free(mine->pending);
    free(mine);
    if (last != NULL) {
        complete(last, status, NULL, NULL);
    }
}

/* Refused connections fail so fast that callbacks are called before their _async call has returned. */
static void callbacks_may_free_their_user_data(void) {
    enum { MANY = 300 };
    roomcast_client_options options = ROOMCAST_CLIENT_OPTIONS_INIT;
    roomcast_client *client = NULL;
    int i;
    options.base_url = "http://127.0.0.1:1/v2";
    options.max_attempts = 1;
    CHECK(roomcast_client_new(&options, &client, NULL) == ROOMCAST_OK);
    for (i = 0; i < MANY; i++) {
        completion done = COMPLETION_INIT;
        owner *mine = malloc(sizeof *mine);
        if (mine == NULL) {
            abort();
        }
        mine->pending = NULL;
        mine->last = &done;
        CHECK(roomcast_broadcast_async(client, "r", "hi", NULL, free_everything, mine, &mine->pending, NULL) == ROOMCAST_OK);
        await(&done);
        CHECK(done.calls == 1 && done.status == ROOMCAST_CONNECTION);
    }
    roomcast_client_free(client);
}

/* A callback that sends more messages, blocking and asynchronously, and frees the client at the done. */
typedef struct {
    roomcast_client *client;
    int sends;
    completion done;
} chain;

static void send_more(void *user_data, roomcast_status status, roomcast_send_result *send_result, roomcast_error *error) {
    chain *mine = user_data;
    roomcast_send_result_free(send_result);
    roomcast_error_free(error);
    if (status == ROOMCAST_OK && ++mine->sends < 5) {
        status = roomcast_broadcast(mine->client, "r", "hi", NULL, NULL);
        if (status == ROOMCAST_OK) {
            status = roomcast_broadcast_async(mine->client, "r", "hi", NULL, send_more, mine, NULL, NULL);
        }
        if (status == ROOMCAST_OK) {
            return;
        }
    }
    roomcast_client_free(mine->client);
    complete(&mine->done, status, NULL, NULL);
}

static void callbacks_may_call_everything(void) {
    chain mine = {NULL, 0, COMPLETION_INIT};
    mine.client = client_with(1, 1);
    CHECK(roomcast_broadcast_async(mine.client, "r", "hi", NULL, send_more, &mine, NULL, NULL) == ROOMCAST_OK);
    await(&mine.done);
    CHECK(mine.done.status == ROOMCAST_OK && mine.sends == 5);
}

/* Run by two threads for the same send. */
static void *cancel(void *pending) {
    roomcast_pending_cancel(pending);
    return NULL;
}

static void cancelling_in_a_race(void) {
    enum { ROUNDS = 100 };
    roomcast_client *client = client_with(4, 1);
    int i, ended_once = 1;
    for (i = 0; i < ROUNDS; i++) {
        completion done = COMPLETION_INIT;
        roomcast_pending *pending = NULL;
        pthread_t threads[2];
        CHECK(roomcast_broadcast_async(client, "r", "hi", NULL, complete, &done, &pending, NULL) == ROOMCAST_OK);
        if (pthread_create(&threads[0], NULL, cancel, pending) != 0 ||
            pthread_create(&threads[1], NULL, cancel, pending) != 0) {
            abort();
        }
        pthread_join(threads[0], NULL);
        pthread_join(threads[1], NULL);
        await(&done);
        ended_once &= done.calls == 1 && (done.status == ROOMCAST_OK || done.status == ROOMCAST_CANCELLED);
        free_results(&done);
        roomcast_pending_free(pending);
    }
    CHECK(ended_once);
    roomcast_client_free(client);
}

int main(void) {
    run("every callback is called once", every_callback_is_called_once);
    run("every target", every_target);
    run("errors reach the callback", errors_reach_the_callback);
    run("cancelling", cancelling);
    run("a full queue fails immediately", a_full_queue_fails_immediately);
    run("cancelling after the end", cancelling_after_the_end);
    run("freeing a handle does not cancel", freeing_a_handle_does_not_cancel);
    run("callbacks may free their user_data", callbacks_may_free_their_user_data);
    run("callbacks may call everything", callbacks_may_call_everything);
    run("cancelling in a race", cancelling_in_a_race);
    return finish();
}
