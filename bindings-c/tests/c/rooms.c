/*
 * Asking who is in a room: what C callers can do wrong gives a status, never a crash, a leak or a list of everybody. What
 * is asked and read is told by the shared matrix. No server is needed: what gets as far as the network finds a closed port.
 */
#include "check.h"

static roomcast_client *client(void) {
    roomcast_client_options options = ROOMCAST_CLIENT_OPTIONS_INIT;
    roomcast_client *made = NULL;
    options.access_key = "key";
    options.secret = "secret";
    options.base_url = "http://127.0.0.1:1/v2";
    options.max_attempts = 1;
    CHECK(roomcast_client_new(&options, &made, NULL) == ROOMCAST_OK);
    return made;
}

/* An error is whole, nothing was sent, and it says `part`. Frees it. */
static void expect(roomcast_error *error, roomcast_status kind, const char *part, int line) {
    const char *text = roomcast_error_message(error);
    check(roomcast_error_kind(error) == kind, roomcast_error_kind_name(error), line);
    check(roomcast_error_outcome(error) == ROOMCAST_OUTCOME_NOT_SENT, roomcast_error_outcome_name(error), line);
    check(strstr(text, part) != NULL, text, line);
    roomcast_error_free(error);
}

#define EXPECT(error, kind, part) expect(error, kind, part, __LINE__)

static void outputs_are_set_by_every_call(void) {
    roomcast_client *asking = client();
    roomcast_list_options options = ROOMCAST_LIST_OPTIONS_INIT;
    roomcast_peers *peers = (roomcast_peers *)&options;
    roomcast_room *room = (roomcast_room *)&options;
    roomcast_error *error = NULL;
    CHECK(roomcast_list_peers(asking, "r", NULL, &peers, &error) == ROOMCAST_CONNECTION);
    CHECK(peers == NULL);
    EXPECT(error, ROOMCAST_CONNECTION, "Retrying it is safe.");
    peers = (roomcast_peers *)&options;
    CHECK(roomcast_list_peers_of_user(asking, "r", NULL, &peers, &error) == ROOMCAST_INVALID_REQUEST);
    CHECK(peers == NULL);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "user_id is null");
    CHECK(roomcast_get_room(asking, "r", &room, NULL) == ROOMCAST_CONNECTION);
    CHECK(room == NULL);
    roomcast_client_free(asking);
}

static void what_is_missing_is_named(void) {
    roomcast_client *asking = client();
    roomcast_peers *peers = NULL;
    roomcast_room *room = NULL;
    roomcast_error *error = NULL;
    CHECK(roomcast_list_peers(NULL, "r", NULL, &peers, &error) == ROOMCAST_CONFIGURATION);
    EXPECT(error, ROOMCAST_CONFIGURATION, "the client is NULL");
    CHECK(roomcast_get_room(NULL, "r", &room, &error) == ROOMCAST_CONFIGURATION);
    EXPECT(error, ROOMCAST_CONFIGURATION, "the client is NULL");
    CHECK(roomcast_list_peers(asking, "r", NULL, NULL, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "the place for the answer is null");
    CHECK(roomcast_get_room(asking, "r", NULL, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "the place for the answer is null");
    CHECK(roomcast_list_peers(asking, NULL, NULL, &peers, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "room_id is null");
    CHECK(roomcast_get_room(asking, "\xff", &room, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "room_id is not valid Unicode");
    CHECK(roomcast_list_peers(NULL, NULL, NULL, NULL, NULL) == ROOMCAST_CONFIGURATION);
    CHECK(roomcast_get_room(NULL, NULL, NULL, NULL) == ROOMCAST_CONFIGURATION);
    roomcast_client_free(asking);
}

static void sizes_of_options(void) {
    struct {
        roomcast_list_options known;
        void *later;
    } options = {ROOMCAST_LIST_OPTIONS_INIT, NULL};
    roomcast_client *asking = client();
    roomcast_peers *peers = NULL;
    roomcast_error *error = NULL;
    options.known.struct_size = sizeof options; /* a newer caller, who leaves out what is new */
    CHECK(roomcast_list_peers(asking, "r", &options.known, &peers, NULL) == ROOMCAST_CONNECTION);
    options.later = &options;
    CHECK(roomcast_list_peers(asking, "r", &options.known, &peers, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "list_options has an option");
    options.known.struct_size = 0;
    CHECK(roomcast_list_peers(asking, "r", &options.known, &peers, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "list_options has a struct_size");
    roomcast_client_free(asking);
}

static void null_has_no_answer_but_is_safe_to_ask(void) {
    CHECK(roomcast_peers_count(NULL) == 0);
    CHECK(strcmp(roomcast_peers_peer_id(NULL, 0), "") == 0);
    CHECK(strcmp(roomcast_peers_name(NULL, 0), "") == 0);
    CHECK(strcmp(roomcast_peers_user_id(NULL, 0), "") == 0);
    CHECK(strcmp(roomcast_peers_metadata(NULL, 0), "") == 0);
    CHECK(strcmp(roomcast_peers_role(NULL, (size_t)-1), "") == 0);
    CHECK(roomcast_peers_joined_at_ms(NULL, 0) == -1);
    CHECK(strcmp(roomcast_room_id(NULL), "") == 0);
    CHECK(strcmp(roomcast_room_name(NULL), "") == 0);
    CHECK(strcmp(roomcast_room_customer_id(NULL), "") == 0);
    CHECK(strcmp(roomcast_room_session_id(NULL), "") == 0);
    CHECK(roomcast_room_created_at_ms(NULL) == -1);
    CHECK(roomcast_room_peer_count(NULL) == 0);
    CHECK(strcmp(roomcast_room_peer_id(NULL, 0), "") == 0);
    roomcast_peers_free(NULL);
    roomcast_room_free(NULL);
}

int main(void) {
    run("outputs are set by every call", outputs_are_set_by_every_call);
    run("what is missing is named", what_is_missing_is_named);
    run("sizes of options", sizes_of_options);
    run("NULL has no answer but is safe to ask", null_has_no_answer_but_is_safe_to_ask);
    return finish();
}
