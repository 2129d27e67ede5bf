/* Makes a client and sends to a port where no server is: that fails, and says that nothing was sent. */
#include <roomcast.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    roomcast_client_options options = ROOMCAST_CLIENT_OPTIONS_INIT;
    roomcast_client *client = NULL;
    roomcast_error *error = NULL;
    roomcast_status status;
    int as_expected;

    options.management_token = "token";
    options.base_url = "http://127.0.0.1:9/v2";
    options.max_attempts = 1;
    status = roomcast_client_new(&options, &client, &error);
    if (status == ROOMCAST_OK) status = roomcast_broadcast(client, "room", "hello", NULL, &error);
    as_expected = status == ROOMCAST_CONNECTION && roomcast_error_outcome(error) == ROOMCAST_OUTCOME_NOT_SENT &&
                  strcmp(roomcast_version(), ROOMCAST_VERSION) == 0;
    printf("roomcast %s: %s\n", roomcast_version(), roomcast_error_message(error));
    roomcast_error_free(error);
    roomcast_client_free(client);
    return as_expected ? 0 : 1;
}
