/* Sends that do not wait: every callback comes exactly once, with the truth, and giving up is safe at any moment. */
#define _POSIX_C_SOURCE 200112L

#include "serving.h"

static void all_are_told_once(void) {
    enum { MANY = 200 };
    static ending ends[MANY];
    roomcast_client *client = client_with(8, 1);
    int i;
    for (i = 0; i < MANY; i++) {
        ending fresh = ENDING_INIT;
        ends[i] = fresh;
        CHECK(roomcast_broadcast_async(client, "r", "hi", NULL, note, &ends[i], NULL, NULL) == ROOMCAST_OK);
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
        forget(&ends[i]);
    }
}

/* What each function put on the wire is compared by the test that runs this. */
static void every_target(void) {
    roomcast_client *client = client_with(1, 1);
    roomcast_send_options to = ROOMCAST_SEND_OPTIONS_INIT, typed = ROOMCAST_SEND_OPTIONS_INIT;
    ending ends[4] = {ENDING_INIT, ENDING_INIT, ENDING_INIT, ENDING_INIT};
    int i;
    char message[8] = "one";
    to.peer_id = "p1";
    typed.type = "chat";
    CHECK(roomcast_send_message_async(client, "targets", message, &to, note, &ends[0], NULL, NULL) == ROOMCAST_OK);
    memset(message, 'x', sizeof message - 1); /* it was copied */
    CHECK(roomcast_send_to_peer_async(client, "targets", "p2", "two", &typed, note, &ends[1], NULL, NULL) == ROOMCAST_OK);
    CHECK(roomcast_send_to_role_async(client, "targets", "host", "three", NULL, note, &ends[2], NULL, NULL) == ROOMCAST_OK);
    CHECK(roomcast_broadcast_async(client, "targets", "four", &typed, note, &ends[3], NULL, NULL) == ROOMCAST_OK);
    for (i = 0; i < 4; i++) {
        await(&ends[i]);
        CHECK(ends[i].status == ROOMCAST_OK);
        forget(&ends[i]);
    }
    roomcast_client_free(client);
}

static void errors_are_told(void) {
    roomcast_client *client = client_with(4, 1);
    ending refused = ENDING_INIT, broken = ENDING_INIT;
    CHECK(roomcast_broadcast_async(client, "404", "hi", NULL, note, &refused, NULL, NULL) == ROOMCAST_OK);
    CHECK(roomcast_broadcast_async(client, "hang-up", "hi", NULL, note, &broken, NULL, NULL) == ROOMCAST_OK);
    await(&refused);
    await(&broken);
    CHECK(refused.status == ROOMCAST_NOT_FOUND && refused.send_result == NULL);
    CHECK(roomcast_error_kind(refused.error) == ROOMCAST_NOT_FOUND);
    CHECK(roomcast_error_outcome(refused.error) == ROOMCAST_OUTCOME_REJECTED);
    CHECK(roomcast_error_http_status(refused.error) == 404);
    CHECK(broken.status == ROOMCAST_CONNECTION && broken.send_result == NULL);
    CHECK(roomcast_error_outcome(broken.error) == ROOMCAST_OUTCOME_UNKNOWN);
    forget(&refused);
    forget(&broken);
    roomcast_client_free(client);
}

static void giving_up(void) {
    roomcast_client *client = client_with(2, 1);
    roomcast_pending *first = NULL, *second = NULL, *third = NULL;
    ending sent = ENDING_INIT, also_sent = ENDING_INIT, in_line = ENDING_INIT;
    CHECK(roomcast_broadcast_async(client, "hang", "hi", NULL, note, &sent, &first, NULL) == ROOMCAST_OK);
    CHECK(first != NULL);
    /* Answered once the server has read the first. */
    CHECK(roomcast_broadcast(client, "while-hanging", "hi", NULL, NULL) == ROOMCAST_OK);
    CHECK(roomcast_broadcast_async(client, "hang", "hi", NULL, note, &also_sent, &second, NULL) == ROOMCAST_OK);
    CHECK(roomcast_broadcast_async(client, "hang", "hi", NULL, note, &in_line, &third, NULL) == ROOMCAST_OK);

    roomcast_pending_cancel(third);
    CHECK(in_line.calls == 1 && in_line.status == ROOMCAST_CANCELLED);
    CHECK(pthread_equal(in_line.thread, pthread_self()));
    CHECK(roomcast_error_outcome(in_line.error) == ROOMCAST_OUTCOME_NOT_SENT);

    roomcast_pending_cancel(first);
    CHECK(sent.calls == 1 && sent.status == ROOMCAST_CANCELLED);
    CHECK(roomcast_error_kind(sent.error) == ROOMCAST_CANCELLED);
    CHECK(roomcast_error_outcome(sent.error) == ROOMCAST_OUTCOME_UNKNOWN);
    CHECK(sent.send_result == NULL);

    roomcast_pending_cancel(second);
    roomcast_pending_cancel(second);
    roomcast_pending_cancel(first);
    CHECK(sent.calls == 1 && also_sent.calls == 1 && in_line.calls == 1);
    forget(&sent);
    forget(&also_sent);
    forget(&in_line);
    roomcast_pending_free(first);
    roomcast_pending_free(second);
    roomcast_pending_free(third);
    roomcast_client_free(client);
}

static void giving_up_what_has_ended(void) {
    roomcast_client *client = client_with(1, 1);
    roomcast_pending *pending = NULL;
    ending end = ENDING_INIT;
    CHECK(roomcast_broadcast_async(client, "r", "hi", NULL, note, &end, &pending, NULL) == ROOMCAST_OK);
    await(&end);
    roomcast_pending_cancel(pending);
    CHECK(end.calls == 1 && end.status == ROOMCAST_OK);
    forget(&end);
    roomcast_client_free(client);
    roomcast_pending_cancel(pending); /* outlives its client */
    roomcast_pending_free(pending);
}

static void a_handle_that_is_freed_changes_nothing(void) {
    roomcast_client *client = client_with(1, 1);
    roomcast_pending *pending = NULL;
    ending end = ENDING_INIT, go = ENDING_INIT;
    roomcast_client *other = client_with(1, 1);
    CHECK(roomcast_broadcast_async(client, "held", "hi", NULL, note, &end, &pending, NULL) == ROOMCAST_OK);
    roomcast_pending_free(pending);
    roomcast_client_free(client); /* nor does this: what is under way goes on to its end */
    CHECK(roomcast_broadcast_async(other, "let-go", "hi", NULL, note, &go, NULL, NULL) == ROOMCAST_OK);
    await(&go);
    await(&end);
    CHECK(go.status == ROOMCAST_OK && end.status == ROOMCAST_OK);
    forget(&go);
    forget(&end);
    roomcast_client_free(other);
}

/* A send that is kept in its own user_data, which its callback frees. */
typedef struct {
    roomcast_pending *pending;
    ending *last;
} own;

static void free_everything(void *user_data, roomcast_status status, roomcast_send_result *send_result, roomcast_error *error) {
    own *mine = user_data;
    ending *last = mine->last;
    (void)status;
    roomcast_send_result_free(send_result);
    roomcast_error_free(error);
    roomcast_pending_cancel(mine->pending); /* too late: this is the callback */
    roomcast_pending_free(mine->pending);
    free(mine);
    if (last != NULL) {
        note(last, status, NULL, NULL);
    }
}

/* Refused connections end so fast that callbacks come before their call has returned. */
static void callbacks_may_free_their_user_data(void) {
    enum { MANY = 300 };
    roomcast_client_options options = ROOMCAST_CLIENT_OPTIONS_INIT;
    roomcast_client *client = NULL;
    int i;
    options.base_url = "http://127.0.0.1:1/v2";
    options.max_attempts = 1;
    CHECK(roomcast_client_new(&options, &client, NULL) == ROOMCAST_OK);
    for (i = 0; i < MANY; i++) {
        ending end = ENDING_INIT;
        own *mine = malloc(sizeof *mine);
        if (mine == NULL) {
            abort();
        }
        mine->pending = NULL;
        mine->last = &end;
        CHECK(roomcast_broadcast_async(client, "r", "hi", NULL, free_everything, mine, &mine->pending, NULL) == ROOMCAST_OK);
        await(&end);
        CHECK(end.calls == 1 && end.status == ROOMCAST_CONNECTION);
    }
    roomcast_client_free(client);
}

/* A callback that sends on: first waiting, then without, and frees the client in the end. */
typedef struct {
    roomcast_client *client;
    int sends;
    ending end;
} chain;

static void send_on(void *user_data, roomcast_status status, roomcast_send_result *send_result, roomcast_error *error) {
    chain *mine = user_data;
    roomcast_send_result_free(send_result);
    roomcast_error_free(error);
    if (status == ROOMCAST_OK && ++mine->sends < 5) {
        status = roomcast_broadcast(mine->client, "r", "hi", NULL, NULL);
        if (status == ROOMCAST_OK) {
            status = roomcast_broadcast_async(mine->client, "r", "hi", NULL, send_on, mine, NULL, NULL);
        }
        if (status == ROOMCAST_OK) {
            return;
        }
    }
    roomcast_client_free(mine->client);
    note(&mine->end, status, NULL, NULL);
}

static void callbacks_may_call_everything(void) {
    chain mine = {NULL, 0, ENDING_INIT};
    mine.client = client_with(1, 1);
    CHECK(roomcast_broadcast_async(mine.client, "r", "hi", NULL, send_on, &mine, NULL, NULL) == ROOMCAST_OK);
    await(&mine.end);
    CHECK(mine.end.status == ROOMCAST_OK && mine.sends == 5);
}

/* One thread gives up what others wait for. */
static void *give_up(void *pending) {
    roomcast_pending_cancel(pending);
    return NULL;
}

static void giving_up_in_a_race(void) {
    enum { ROUNDS = 100 };
    roomcast_client *client = client_with(4, 1);
    int i, told_of_both = 1;
    for (i = 0; i < ROUNDS; i++) {
        ending end = ENDING_INIT;
        roomcast_pending *pending = NULL;
        pthread_t threads[2];
        CHECK(roomcast_broadcast_async(client, "r", "hi", NULL, note, &end, &pending, NULL) == ROOMCAST_OK);
        if (pthread_create(&threads[0], NULL, give_up, pending) != 0 ||
            pthread_create(&threads[1], NULL, give_up, pending) != 0) {
            abort();
        }
        pthread_join(threads[0], NULL);
        pthread_join(threads[1], NULL);
        await(&end);
        told_of_both &= end.calls == 1 && (end.status == ROOMCAST_OK || end.status == ROOMCAST_CANCELLED);
        forget(&end);
        roomcast_pending_free(pending);
    }
    CHECK(told_of_both);
    roomcast_client_free(client);
}

int main(void) {
    run("all are told once", all_are_told_once);
    run("every target", every_target);
    run("errors are told", errors_are_told);
    run("giving up", giving_up);
    run("giving up what has ended", giving_up_what_has_ended);
    run("a handle that is freed changes nothing", a_handle_that_is_freed_changes_nothing);
    run("callbacks may free their user_data", callbacks_may_free_their_user_data);
    run("callbacks may call everything", callbacks_may_call_everything);
    run("giving up in a race", giving_up_in_a_race);
    return finish();
}
