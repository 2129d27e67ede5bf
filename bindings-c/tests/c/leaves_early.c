/*
 * leaves_early <name> <drain's timeout in milliseconds> <room>: starts 64 sends without waiting, drains, and returns from main. Prints how
 * many were accepted, how many were not sent, and of how many it is not known.
 */
#include <roomcast.h>

#include <stdio.h>
#include <stdlib.h>

enum { MANY = 64 };

int main(int count, char **arguments) {
    roomcast_client *client = NULL;
    roomcast_completion *completion = NULL;
    int outcomes[4] = {0, 0, 0, 0}, all_ended = 0, i;
    char message[64];
    if (count != 4 || roomcast_client_new(NULL, &client, NULL) != ROOMCAST_OK) {
        return 2;
    }
    for (i = 0; i < MANY; i++) {
        snprintf(message, sizeof message, "%s-%d", arguments[1], i);
        if (roomcast_broadcast_async(client, arguments[3], message, NULL, NULL, NULL, NULL, NULL) != ROOMCAST_OK) {
            return 3;
        }
    }
    if (roomcast_client_drain(client, (int32_t)atoi(arguments[2]), &all_ended, NULL) != ROOMCAST_OK) {
        return 4;
    }
    while (roomcast_client_next(client, &completion, NULL) == ROOMCAST_OK) {
        outcomes[roomcast_error_outcome(roomcast_completion_error(completion))]++;
        roomcast_completion_free(completion);
    }
    printf("%d %d %d %d\n", all_ended, outcomes[ROOMCAST_OUTCOME_NONE], outcomes[ROOMCAST_OUTCOME_NOT_SENT],
           outcomes[ROOMCAST_OUTCOME_UNKNOWN]);
    return 0; /* without freeing the client */
}
