/* Sends a message to everyone in a room: app <room id> <message> */
#include <roomcast.h>

#include <stdio.h>

int main(int argc, char **argv) {
    roomcast_client *client = NULL;
    roomcast_error *error = NULL;
    int failed;

    if (argc != 3) {
        fprintf(stderr, "usage: %s <room id> <message>\n", argv[0]);
        return 2;
    }
    failed = roomcast_client_new(NULL, &client, &error) != ROOMCAST_OK ||
             roomcast_broadcast(client, argv[1], argv[2], NULL, &error) != ROOMCAST_OK;
    if (failed) {
        fprintf(stderr, "%s\n", roomcast_error_message(error));
    } else {
        puts("message sent");
    }
    roomcast_error_free(error);
    roomcast_client_free(client);
    return failed;
}
