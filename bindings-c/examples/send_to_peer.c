/*
 * Sends a message to one peer: send_to_peer <room id> <peer id> <message>
 *
 * HMS_ACCESS_KEY and HMS_SECRET hold the credentials; HMS_BASE_URL may name another server, e.g. the sandbox.
 */
#include <roomcast.h>

#include <stdio.h>

int main(int argc, char **argv) {
    roomcast_client *client = NULL;
    roomcast_error *error = NULL;
    roomcast_status status;

    if (argc != 4) {
        fprintf(stderr, "usage: %s <room id> <peer id> <message>\n", argv[0]);
        return 2;
    }
    status = roomcast_client_new(NULL, &client, &error);
    if (status == ROOMCAST_OK) {
        /* Unlike roomcast_send_message, this refuses a peer id that is NULL or empty, so it never sends to the whole room. */
        status = roomcast_send_to_peer(client, argv[1], argv[2], argv[3], NULL, &error);
    }
    if (status != ROOMCAST_OK) {
        fprintf(stderr, "%s\n", roomcast_error_message(error));
    }
    roomcast_error_free(error);
    roomcast_client_free(client);
    return status == ROOMCAST_OK ? 0 : 1;
}
