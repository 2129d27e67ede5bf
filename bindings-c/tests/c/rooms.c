/*
 * Querying who is in a room: every wrong call returns a status, never crashes, leaks or lists everyone. The shared matrix
 * tests requests and responses.
 */
#include "closed_port.h"

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
    CHECK(roomcast_list_peers_of_user(querying, "r", NULL, NULL, &peers, &error) == ROOMCAST_INVALID_REQUEST);
    CHECK(peers == NULL);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "user_id is null");
    peers = (roomcast_peers *)&options;
    CHECK(roomcast_list_peers_of_role(querying, "r", NULL, &options, &peers, &error) == ROOMCAST_INVALID_REQUEST);
    CHECK(peers == NULL);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "role is null");
    CHECK(roomcast_get_room(querying, "r", NULL, &room, NULL) == ROOMCAST_CONNECTION);
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
    CHECK(roomcast_get_room(NULL, "r", NULL, &room, &error) == ROOMCAST_CONFIGURATION);
    EXPECT(error, ROOMCAST_CONFIGURATION, "the client is NULL");
    CHECK(roomcast_list_peers(querying, "r", NULL, NULL, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "the output pointer peers is null");
    CHECK(roomcast_get_room(querying, "r", NULL, NULL, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "the output pointer room is null");
    CHECK(roomcast_list_peers(querying, NULL, NULL, &peers, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "room_id is null");
    CHECK(roomcast_get_room(querying, "\xff", NULL, &room, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "room_id is not valid Unicode");
    CHECK(roomcast_list_peers(NULL, NULL, NULL, NULL, NULL) == ROOMCAST_CONFIGURATION);
    CHECK(roomcast_get_room(NULL, NULL, NULL, NULL, NULL) == ROOMCAST_CONFIGURATION);
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

/* A user or a role that is a parameter cannot be another one in the options; the other one filters, too. */
static void lists_of_one_user_or_role(void) {
    roomcast_client *querying = client();
    roomcast_list_options user = ROOMCAST_LIST_OPTIONS_INIT, role = ROOMCAST_LIST_OPTIONS_INIT;
    roomcast_peers *peers = NULL;
    roomcast_error *error = NULL;
    user.user_id = role.role = "other";
    CHECK(roomcast_list_peers_of_user(querying, "r", "u", NULL, &peers, NULL) == ROOMCAST_CONNECTION);
    CHECK(roomcast_list_peers_of_user(querying, "r", "u", &role, &peers, NULL) == ROOMCAST_CONNECTION);
    CHECK(roomcast_list_peers_of_user(querying, "r", "u", &user, &peers, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "unknown option user_id (known: role, timeout_ms, ");
    CHECK(roomcast_list_peers_of_role(querying, "r", "host", NULL, &peers, NULL) == ROOMCAST_CONNECTION);
    CHECK(roomcast_list_peers_of_role(querying, "r", "host", &user, &peers, NULL) == ROOMCAST_CONNECTION);
    CHECK(roomcast_list_peers_of_role(querying, "r", "host", &role, &peers, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "unknown option role (known: user_id, timeout_ms, ");
    CHECK(roomcast_list_peers_of_role(querying, "r", " ", NULL, &peers, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "role is blank");
    roomcast_client_free(querying);
}

static void options_of_one_call(void) {
    roomcast_client *querying = client();
    roomcast_list_options list = ROOMCAST_LIST_OPTIONS_INIT;
    roomcast_query_options query = ROOMCAST_QUERY_OPTIONS_INIT;
    roomcast_peers *peers = NULL;
    roomcast_room *room = NULL;
    roomcast_error *error = NULL;
    list.timeout_ms = query.timeout_ms = 3600001;
    CHECK(roomcast_list_peers(querying, "r", &list, &peers, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "timeout_ms is out of range");
    CHECK(roomcast_get_room(querying, "r", &query, &room, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "timeout_ms is out of range");
    list.timeout_ms = query.timeout_ms = 5000, list.max_attempts = query.max_attempts = 2;
    CHECK(roomcast_list_peers(querying, "r", &list, &peers, &error) == ROOMCAST_CONNECTION);
    CHECK(roomcast_error_attempts(error) == 2);
    EXPECT(error, ROOMCAST_CONNECTION, "");
    CHECK(roomcast_get_room(querying, "r", &query, &room, &error) == ROOMCAST_CONNECTION);
    CHECK(roomcast_error_attempts(error) == 2);
    EXPECT(error, ROOMCAST_CONNECTION, "");
    list.retry_unknown = query.retry_unknown = ROOMCAST_SWITCH_OFF + 1;
    CHECK(roomcast_list_peers_of_user(querying, "r", "u", &list, &peers, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "retry_unknown is a number");
    CHECK(roomcast_get_room(querying, "r", &query, &room, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "retry_unknown is a number");
    list.retry_unknown = query.retry_unknown = 0, list.reserved = query.reserved = 1;
    CHECK(roomcast_list_peers(querying, "r", &list, &peers, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "list_options has an option");
    CHECK(roomcast_get_room(querying, "r", &query, &room, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "query_options has an option");
    query.struct_size--;
    CHECK(roomcast_get_room(querying, "r", &query, &room, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "query_options has a struct_size");
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
    run("lists of one user or role", lists_of_one_user_or_role);
    run("options of one call", options_of_one_call);
    run("accessors accept NULL", accessors_accept_null);
    return finish();
}
