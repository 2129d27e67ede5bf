/*
 * Sends a chat message to everyone in a room: the teacher cannot come.
 *
 * HMS_ACCESS_KEY=... HMS_SECRET=... classroom <room id> <message>
 */
#include <roomcast.h>

#include <stdio.h>

int main(int argc, char **argv) {
    roomcast_send_options options = ROOMCAST_SEND_OPTIONS_INIT;
    roomcast_client *client = NULL;
    roomcast_error *error = NULL;
    int code = 0;

    if (argc != 3) {
        fprintf(stderr, "usage: %s <room id> <message>\n", argv[0]);
        return 2;
    }
    /* 100ms's own clients show only chat lines. */
    options.format = ROOMCAST_FORMAT_CHAT;
    if (roomcast_client_new(NULL, &client, &error) == ROOMCAST_OK &&
        roomcast_broadcast(client, argv[1], argv[2], &options, &error) == ROOMCAST_OK) {
        puts("100ms accepted the message for everyone in the room");
    } else {
        fprintf(stderr, "%s\n", roomcast_error_message(error));
        /* Exit code 3: the outcome is unknown. If it is sent again, people may see it twice. */
        code = roomcast_error_outcome(error) == ROOMCAST_OUTCOME_UNKNOWN ? 3 : 1;
    }
    roomcast_error_free(error);
    roomcast_client_free(client);
    return code;
}
