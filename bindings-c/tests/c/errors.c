/*
 * Each way in which a send can fail, blocking and asynchronous. Prints all properties of the error, one line for each room
 * and way; the test that runs this compares them.
 */
#define _POSIX_C_SOURCE 200112L

#include "serving.h"

#include <inttypes.h>

static void print_error(const char *room, const char *how, const roomcast_error *error) {
    int64_t code = -1;
    size_t i;
    int has_code = roomcast_error_server_code(error, &code) ? 1 : 0;
    const char *server_message = roomcast_error_server_message(error);
    printf("%s %s %s %s status=%u code=%s%" PRId64, how, room, roomcast_error_kind_name(error),
           roomcast_error_outcome_name(error), (unsigned)roomcast_error_http_status(error), has_code ? "" : "none",
           has_code ? code : 0);
    printf(" message=%s retry_after=%" PRId64 " attempts=%" PRIu32 " details=",
           server_message == NULL ? "NULL" : server_message, roomcast_error_retry_after_ms(error),
           roomcast_error_attempts(error));
    for (i = 0; i < roomcast_error_detail_count(error); i++) {
        printf("%s;", roomcast_error_detail(error, i));
    }
    putchar('\n');
}

int main(int argc, char **argv) {
    int i;
    for (i = 1; i < argc; i++) {
        roomcast_error *error = NULL;
        completion done = COMPLETION_INIT;
        /* New ones: after 429 a client pauses. */
        roomcast_client *client = client_with(2, 1);
        roomcast_client *second = client_with(2, 1);
        roomcast_client *third = client_with(2, 1);
        CHECK(roomcast_broadcast(client, argv[i], "hi", NULL, &error) != ROOMCAST_OK);
        print_error(argv[i], "blocking", error);
        roomcast_error_free(error);
        CHECK(roomcast_broadcast(second, argv[i], "hi", NULL, NULL) != ROOMCAST_OK); /* without an error output */

        CHECK(roomcast_broadcast_async(third, argv[i], "hi", NULL, complete, &done, NULL, NULL) == ROOMCAST_OK);
        await(&done);
        print_error(argv[i], "asynchronous", done.error);
        free_results(&done);
        roomcast_client_free(client);
        roomcast_client_free(second);
        roomcast_client_free(third);
    }
    return failures_in_test == 0 ? 0 : 1;
}
