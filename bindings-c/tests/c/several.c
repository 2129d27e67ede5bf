/* Several recipients and many messages, against the test server: what is cancelled has its result, with the truth. */
#define _POSIX_C_SOURCE 200112L

#include "serving.h"

enum { ITEMS = 120 };

typedef struct {
    pthread_t thread;
    size_t taken, results, accepted, unknown, not_sent, rejected;
    const char *room_id; /* of all items but the first */
    int seen[ITEMS];
    int cancels;
} batch;

static int next(void *user_data, roomcast_send_item *item) {
    static roomcast_send_options to = ROOMCAST_SEND_OPTIONS_INIT;
    static char message[16];
    batch *of = user_data;
    CHECK(pthread_equal(of->thread, pthread_self()));
    if (of->taken == ITEMS) {
        return 0;
    }
    to.peer_id = "p";
    sprintf(message, "%u", (unsigned)of->taken);
    item->room_id = of->taken == 0 ? "r" : of->room_id;
    item->message = message;
    item->options = &to;
    item->tag = &of->seen[of->taken++];
    return 1;
}

static int on_result(void *user_data, const roomcast_item_result *result) {
    batch *of = user_data;
    int *seen = result->tag;
    CHECK(pthread_equal(of->thread, pthread_self()));
    of->results++;
    (*seen)++;
    switch (roomcast_error_outcome(result->error)) {
    case ROOMCAST_OUTCOME_NONE:
        of->accepted++;
        CHECK(strncmp(roomcast_send_result_message(result->send_result), "answer ", 7) == 0);
        break;
    case ROOMCAST_OUTCOME_NOT_SENT: of->not_sent++; break;
    case ROOMCAST_OUTCOME_REJECTED: of->rejected++; break;
    default: of->unknown++;
    }
    return of->cancels;
}

static batch send_all(const char *room_id, uint32_t max_in_flight, int cancels) {
    roomcast_client *client = client_with(8, 1);
    roomcast_many_options options = ROOMCAST_MANY_OPTIONS_INIT;
    roomcast_error *error = NULL;
    batch all;
    size_t i;
    memset(&all, 0, sizeof all);
    all.thread = pthread_self(), all.room_id = room_id, all.cancels = cancels;
    options.max_in_flight = max_in_flight;
    CHECK(roomcast_send_many(client, next, on_result, &all, &options, &error) == ROOMCAST_OK && error == NULL);
    roomcast_client_free(client);
    CHECK(all.results == all.taken);
    for (i = 0; i < ITEMS; i++) {
        CHECK(all.seen[i] == (i < all.taken ? 1 : 0));
    }
    return all;
}

/* The test that runs this compares what was sent. */
static void each_item_is_sent_once(void) {
    batch all = send_all("r", 0, 0);
    CHECK(all.accepted == ITEMS);
}

static void an_error_stops_no_other_item(void) {
    batch all = send_all("404", 16, 0);
    CHECK(all.accepted == 1 && all.rejected == ITEMS - 1);
}

static void what_is_in_flight_is_cancelled(void) {
    batch all = send_all("hang", 4, 1);
    CHECK(all.accepted == 1 && all.rejected == 0);
    CHECK(all.taken >= 4 && all.taken <= 8);
    /* Those whose request had left by then are unknown. */
    CHECK(all.unknown + all.not_sent == all.taken - 1);
}

static void each_peer_has_its_result(void) {
    static const char *const peers[] = {"p1", "p2", "p3"};
    roomcast_client *client = client_with(2, 1);
    roomcast_send_options to = ROOMCAST_SEND_OPTIONS_INIT;
    roomcast_recipients *recipients = NULL;
    size_t i;
    to.type = "chat";
    CHECK(roomcast_send_to_peers(client, "targets", peers, 3, "hi", &to, &recipients, NULL) == ROOMCAST_OK);
    roomcast_client_free(client); /* they outlive their client */
    CHECK(roomcast_recipients_count(recipients) == 3);
    for (i = 0; i < 3; i++) {
        CHECK(strcmp(roomcast_recipients_peer_id(recipients, i), peers[i]) == 0);
        CHECK(roomcast_recipients_error(recipients, i) == NULL);
        CHECK(strncmp(roomcast_send_result_message(roomcast_recipients_send_result(recipients, i)), "answer ", 7) == 0);
    }
    roomcast_recipients_free(recipients);
}

static void cancelling_ends_all_of_them(void) {
    static const char *const roles[] = {"host", "guest"};
    roomcast_client *client = client_with(2, 1), *second = client_with(1, 1);
    roomcast_pending *pending = NULL;
    several_completion of = {COMPLETION_INIT, NULL};
    CHECK(roomcast_send_to_roles_async(client, "hang", roles, 2, "hi", NULL, complete_several, &of, &pending, NULL) == ROOMCAST_OK);
    /* It gets a response once the server has one of them. */
    CHECK(roomcast_broadcast(second, "while-hanging", "hi", NULL, NULL) == ROOMCAST_OK);
    roomcast_client_free(second);
    CHECK(of.done.calls == 0);
    roomcast_pending_cancel(pending);
    CHECK(of.done.calls == 1 && of.done.status == ROOMCAST_CANCELLED && of.recipients == NULL);
    CHECK(pthread_equal(of.done.thread, pthread_self()));
    CHECK(roomcast_error_outcome(of.done.error) == ROOMCAST_OUTCOME_UNKNOWN);
    roomcast_pending_cancel(pending);
    CHECK(of.done.calls == 1);
    free_results(&of.done);
    roomcast_pending_free(pending);
    roomcast_client_free(client);
}

int main(void) {
    /* The first one: the server says once only that a request to `hang` has arrived. */
    run("cancelling ends all of them", cancelling_ends_all_of_them);
    run("each item is sent once", each_item_is_sent_once);
    run("an error stops no other item", an_error_stops_no_other_item);
    run("what is in flight is cancelled", what_is_in_flight_is_cancelled);
    run("each peer has its result", each_peer_has_its_result);
    return finish();
}
