/*
 * Sends emoji reactions to everyone in a room, one after the other: the flying emojis of 100ms's own web page, Prebuilt.
 *
 * HMS_ACCESS_KEY=... HMS_SECRET=... reactions <room id> <emoji id>...      such as heart, +1, clap, tada
 */
#include <roomcast.h>

#include <stdio.h>

int main(int argc, char **argv) {
    roomcast_client_options options = ROOMCAST_CLIENT_OPTIONS_INIT;
    roomcast_send_options to = ROOMCAST_SEND_OPTIONS_INIT;
    roomcast_client *client = NULL;
    roomcast_error *error = NULL;
    roomcast_status status;
    int i;

    if (argc < 2) {
        fprintf(stderr, "usage: %s <room id> <emoji id>...\n", argv[0]);
        return 2;
    }
    /* A short deadline: a late reaction is useless. */
    options.timeout_ms = 2000;
    to.format = ROOMCAST_FORMAT_REACTION;
    status = roomcast_client_new(&options, &client, &error);
    for (i = 2; i < argc && status == ROOMCAST_OK; i++) {
        status = roomcast_broadcast(client, argv[1], argv[i], &to, &error);
        if (status == ROOMCAST_OK) {
            puts(argv[i]);
        }
    }
    if (status != ROOMCAST_OK) {
        fprintf(stderr, "%s\n", roomcast_error_message(error));
    }
    roomcast_error_free(error);
    roomcast_client_free(client);
    return status == ROOMCAST_OK ? 0 : 1;
}
