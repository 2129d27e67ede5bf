/*
 * Querying who is in a room: every wrong call returns a status, never crashes, leaks or lists everyone. The shared matrix
 * tests requests and responses. No server is needed: what reaches the network finds a closed port.
 */
#include "check.h"

static roomcast_client *client(void) {
    roomcast_client_options options = ROOMCAST_CLIENT_OPTIONS_INIT;
    roomcast_client *created = NULL;
    options.access_key = "key";
    options.secret = "secret";
    options.base_url = "http://127.0.0.1:1/v2";
    options.max_attempts = 1;
    CHECK(roomcast_client_new(&options, &created, NULL) == ROOMCAST_OK);
    return created;
}

/* Checks that an error is complete, that nothing was sent, and that its text has `part`. Frees it. */
static void expect(roomcast_error *error, roomcast_status kind, const char *part, int line) {
    const char *text = roomcast_error_message(error);
    check(roomcast_error_kind(error) == kind, roomcast_error_kind_name(error), line);
    check(roomcast_error_outcome(error) == ROOMCAST_OUTCOME_NOT_SENT, roomcast_error_outcome_name(error), line);
    check(strstr(text, part) != NULL, text, line);
    roomcast_error_free(error);
}

#define EXPECT(error, kind, part) expect(error, kind, part, __LINE__)

static void outputs_are_set_by_every_call(void) {
    roomcast_client *querying = client();
    roomcast_list_options options = ROOMCAST_LIST_OPTIONS_INIT;
    roomcast_peers *peers = (roomcast_peers *)&options;
    roomcast_room *room = (roomcast_room *)&options;
    roomcast_error *error = NULL;
    CHECK(roomcast_list_peers(querying, "r", NULL, &peers, &error) == ROOMCAST_CONNECTION);
    CHECK(peers == NULL);
    EXPECT(error, ROOMCAST_CONNECTION, "Retrying it is safe.");
    peers = (roomcast_peers *)&options;
    CHECK(roomcast_list_peers_of_user(querying, "r", NULL, &peers, &error) == ROOMCAST_INVALID_REQUEST);
    CHECK(peers == NULL);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "user_id is null");
    CHECK(roomcast_get_room(querying, "r", &room, NULL) == ROOMCAST_CONNECTION);
    CHECK(room == NULL);
    roomcast_client_free(querying);
}

static void errors_name_the_null_argument(void) {
    roomcast_client *querying = client();
    roomcast_peers *peers = NULL;
    roomcast_room *room = NULL;
    roomcast_error *error = NULL;
    CHECK(roomcast_list_peers(NULL, "r", NULL, &peers, &error) == ROOMCAST_CONFIGURATION);
    EXPECT(error, ROOMCAST_CONFIGURATION, "the client is NULL");
    CHECK(roomcast_get_room(NULL, "r", &room, &error) == ROOMCAST_CONFIGURATION);
    EXPECT(error, ROOMCAST_CONFIGURATION, "the client is NULL");
    CHECK(roomcast_list_peers(querying, "r", NULL, NULL, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "the output pointer peers is null");
    CHECK(roomcast_get_room(querying, "r", NULL, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "the output pointer room is null");
    CHECK(roomcast_list_peers(querying, NULL, NULL, &peers, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "room_id is null");
    CHECK(roomcast_get_room(querying, "\xff", &room, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "room_id is not valid Unicode");
    CHECK(roomcast_list_peers(NULL, NULL, NULL, NULL, NULL) == ROOMCAST_CONFIGURATION);
    CHECK(roomcast_get_room(NULL, NULL, NULL, NULL) == ROOMCAST_CONFIGURATION);
    roomcast_client_free(querying);
}

static void sizes_of_options(void) {
    struct {
        roomcast_list_options known;
        void *later;
    } options = {ROOMCAST_LIST_OPTIONS_INIT, NULL};
    roomcast_client *querying = client();
    roomcast_peers *peers = NULL;
    roomcast_error *error = NULL;
    options.known.struct_size = sizeof options; /* a newer caller, whose new members are zero */
    CHECK(roomcast_list_peers(querying, "r", &options.known, &peers, NULL) == ROOMCAST_CONNECTION);
    options.later = &options;
    CHECK(roomcast_list_peers(querying, "r", &options.known, &peers, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "list_options has an option");
    options.known.struct_size = 0;
    CHECK(roomcast_list_peers(querying, "r", &options.known, &peers, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "list_options has a struct_size");
    roomcast_client_free(querying);
}

static void accessors_accept_null(void) {
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
    run("errors name the NULL argument", errors_name_the_null_argument);
    run("sizes of options", sizes_of_options);
    run("accessors accept NULL", accessors_accept_null);
    return finish();
}
