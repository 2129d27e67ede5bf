/* Queries without waiting, against the sandbox: their results are those of the blocking functions. */
#define _POSIX_C_SOURCE 200112L

#include "serving.h"

static const char *room_id;

typedef struct {
    completion done;
    roomcast_peers *peers;
    roomcast_room *room;
} answer;

static void on_peers(void *user_data, roomcast_status status, roomcast_peers *peers, roomcast_error *error) {
    answer *got = user_data;
    got->peers = peers;
    complete(&got->done, status, NULL, error);
}

static void on_room(void *user_data, roomcast_status status, roomcast_room *room, roomcast_error *error) {
    answer *got = user_data;
    got->room = room;
    complete(&got->done, status, NULL, error);
}

static void same_peers(const roomcast_peers *got, const roomcast_peers *expected, size_t count) {
    size_t i;
    CHECK(roomcast_peers_count(got) == count && roomcast_peers_count(expected) == count);
    for (i = 0; i < count; i++) {
        CHECK(strcmp(roomcast_peers_peer_id(got, i), roomcast_peers_peer_id(expected, i)) == 0);
        CHECK(strcmp(roomcast_peers_name(got, i), roomcast_peers_name(expected, i)) == 0);
    }
}

static void callbacks_get_what_is_queried(void) {
    roomcast_client *client = client_with(4, 1);
    roomcast_list_options options = ROOMCAST_LIST_OPTIONS_INIT;
    answer all = {COMPLETION_INIT, NULL, NULL}, of_user = {COMPLETION_INIT, NULL, NULL}, none = {COMPLETION_INIT, NULL, NULL};
    answer of_role = {COMPLETION_INIT, NULL, NULL}, room = {COMPLETION_INIT, NULL, NULL};
    roomcast_peers *peers = NULL;
    char role[] = "player";
    options.role = role;
    CHECK(roomcast_list_peers_async(client, room_id, NULL, on_peers, &all, NULL, NULL) == ROOMCAST_OK);
    CHECK(roomcast_list_peers_of_user_async(client, room_id, "alice", &options, on_peers, &of_user, NULL, NULL) == ROOMCAST_OK);
    role[0] = 'x'; /* it was copied */
    CHECK(roomcast_list_peers_of_role_async(client, room_id, "player", NULL, on_peers, &of_role, NULL, NULL) == ROOMCAST_OK);
    CHECK(roomcast_get_room_async(client, room_id, NULL, on_room, &room, NULL, NULL) == ROOMCAST_OK);
    CHECK(roomcast_get_room_async(client, "nobody-is-here", NULL, on_room, &none, NULL, NULL) == ROOMCAST_OK);
    await(&all.done), await(&of_user.done), await(&of_role.done), await(&room.done), await(&none.done);
    CHECK(roomcast_list_peers(client, room_id, NULL, &peers, NULL) == ROOMCAST_OK);
    same_peers(all.peers, peers, 5);
    roomcast_peers_free(peers);
    CHECK(roomcast_list_peers_of_user(client, room_id, "alice", NULL, &peers, NULL) == ROOMCAST_OK);
    same_peers(of_user.peers, peers, 1);
    roomcast_peers_free(peers);
    CHECK(roomcast_list_peers_of_role(client, room_id, "player", NULL, &peers, NULL) == ROOMCAST_OK);
    same_peers(of_role.peers, peers, 3);
    roomcast_peers_free(peers);
    CHECK(strcmp(roomcast_room_id(room.room), room_id) == 0 && roomcast_room_peer_count(room.room) == 5);
    CHECK(none.done.status == ROOMCAST_NOT_FOUND && none.room == NULL && roomcast_error_http_status(none.done.error) == 404);
    roomcast_peers_free(all.peers), roomcast_peers_free(of_user.peers), roomcast_peers_free(of_role.peers);
    roomcast_room_free(room.room);
    free_results(&none.done);
    roomcast_client_free(client);
}

static void the_queue_gets_what_is_queried(void) {
    roomcast_client *client = client_with(4, 1);
    roomcast_completion *completion = NULL;
    int left;
    CHECK(roomcast_list_peers_async(client, room_id, NULL, NULL, (void *)1, NULL, NULL) == ROOMCAST_OK);
    CHECK(roomcast_get_room_async(client, room_id, NULL, NULL, (void *)2, NULL, NULL) == ROOMCAST_OK);
    CHECK(roomcast_list_peers_of_user_async(client, "nobody-is-here", "alice", NULL, NULL, (void *)3, NULL, NULL) == ROOMCAST_OK);
    CHECK(roomcast_send_to_user_async(client, room_id, "alice", "hi", NULL, NULL, (void *)4, NULL, NULL) == ROOMCAST_OK);
    for (left = 4; left > 0; left--) {
        CHECK(roomcast_client_wait(client, 120000, &completion, NULL) == ROOMCAST_OK);
        switch ((int)(size_t)roomcast_completion_user_data(completion)) {
        case 1:
            CHECK(roomcast_peers_count(roomcast_completion_peers(completion)) == 5);
            CHECK(roomcast_completion_room(completion) == NULL && roomcast_completion_send_result(completion) == NULL);
            break;
        case 2:
            CHECK(strcmp(roomcast_room_id(roomcast_completion_room(completion)), room_id) == 0);
            CHECK(roomcast_completion_peers(completion) == NULL);
            break;
        case 3: CHECK(roomcast_completion_status(completion) == ROOMCAST_NOT_FOUND); break;
        case 4: CHECK(roomcast_recipients_count(roomcast_completion_recipients(completion)) == 1); break;
        default: CHECK(0);
        }
        roomcast_completion_free(completion);
    }
    roomcast_client_free(client);
}

int main(int count, char **arguments) {
    room_id = count > 1 ? arguments[1] : "";
    run("callbacks get what is queried", callbacks_get_what_is_queried);
    run("the queue gets what is queried", the_queue_gets_what_is_queried);
    return finish();
}
