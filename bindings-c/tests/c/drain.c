/* Draining a client: what was started ends, or has its result with the truth. */
#define _POSIX_C_SOURCE 200112L

#include "serving.h"

enum { MANY = 60 };

static void everything_ends(void) {
    static completion ends[MANY];
    roomcast_client *client = client_with(4, 1);
    roomcast_completion *collected = NULL;
    int all_ended = 0, results = 0, i;
    for (i = 0; i < MANY; i++) {
        completion fresh = COMPLETION_INIT;
        ends[i] = fresh;
        CHECK(roomcast_broadcast_async(client, "r", "hi", NULL, complete, &ends[i], NULL, NULL) == ROOMCAST_OK);
        CHECK(roomcast_broadcast_async(client, "r", "hi", NULL, NULL, NULL, NULL, NULL) == ROOMCAST_OK);
    }
    CHECK(roomcast_client_drain(client, 120000, &all_ended, NULL) == ROOMCAST_OK && all_ended == 1);
    for (i = 0; i < MANY; i++) {
        CHECK(ends[i].calls == 1 && ends[i].status == ROOMCAST_OK); /* no lock: every callback has returned */
        free_results(&ends[i]);
    }
    while (roomcast_client_next(client, &collected, NULL) == ROOMCAST_OK) {
        CHECK(collected != NULL && roomcast_completion_status(collected) == ROOMCAST_OK);
        roomcast_completion_free(collected);
        results++;
    }
    CHECK(results == MANY);
    CHECK(roomcast_broadcast_async(client, "r", "hi", NULL, NULL, NULL, NULL, NULL) == ROOMCAST_CONFIGURATION);
    roomcast_client_free(client);
}

static void what_is_left_has_its_result(void) {
    roomcast_client *client = client_with(1, 1);
    roomcast_completion *collected = NULL;
    int all_ended = 1, unknown = 0, not_sent = 0, i;
    CHECK(roomcast_broadcast_async(client, "hang", "hi", NULL, NULL, NULL, NULL, NULL) == ROOMCAST_OK);
    CHECK(roomcast_broadcast(client, "while-hanging", "hi", NULL, NULL) == ROOMCAST_OK);
    for (i = 1; i < MANY; i++) {
        CHECK(roomcast_broadcast_async(client, "r", "never", NULL, NULL, NULL, NULL, NULL) == ROOMCAST_OK);
    }
    CHECK(roomcast_client_drain(client, 20, &all_ended, NULL) == ROOMCAST_OK && all_ended == 0);
    while (roomcast_client_next(client, &collected, NULL) == ROOMCAST_OK && collected != NULL) {
        const roomcast_error *error = roomcast_completion_error(collected);
        CHECK(roomcast_completion_status(collected) == ROOMCAST_CANCELLED);
        CHECK(strstr(roomcast_error_message(error), "the client was closed before the send ended") != NULL);
        unknown += roomcast_error_outcome(error) == ROOMCAST_OUTCOME_UNKNOWN;
        not_sent += roomcast_error_outcome(error) == ROOMCAST_OUTCOME_NOT_SENT;
        roomcast_completion_free(collected);
    }
    CHECK(unknown == 1 && not_sent == MANY - 1);
    roomcast_client_free(client);
}

int main(void) {
    run("everything ends", everything_ends);
    run("what is left has its result", what_is_left_has_its_result);
    return finish();
}
