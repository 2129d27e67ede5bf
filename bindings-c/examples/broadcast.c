/*
 * Sends a message to everyone in a room, with complete error handling: broadcast <room id> <message>
 *
 * Exits with 0 if the server accepted the message, 1 if it was not delivered, 3 if it may have been delivered.
 */
#include <roomcast.h>

#include <inttypes.h>
#include <stdio.h>

/* Prints everything that is known of a failure, and returns the exit code. */
static int explain(const roomcast_error *error) {
    size_t i;
    int64_t code = 0;

    /* For the log: what happened, what it means for the message, what to do. It holds no secret and no message text. */
    fprintf(stderr, "%s\n", roomcast_error_message(error));

    if (roomcast_error_http_status(error) != 0) {
        fprintf(stderr, "  HTTP status %u\n", (unsigned)roomcast_error_http_status(error));
    }
    if (roomcast_error_server_code(error, &code)) {
        fprintf(stderr, "  the server's code %" PRId64 "\n", code);
    }
    for (i = 0; i < roomcast_error_detail_count(error); i++) {
        fprintf(stderr, "  detail: %s\n", roomcast_error_detail(error, i));
    }
    fprintf(stderr, "  attempts: %" PRIu32 "\n", roomcast_error_attempts(error));

    /* The kind says what went wrong, for programs that handle some kinds specially. */
    switch (roomcast_error_kind(error)) {
    case ROOMCAST_NOT_FOUND: fputs("  Nobody is in the room.\n", stderr); break;
    case ROOMCAST_RATE_LIMITED:
        /* roomcast waits and retries if that fits the timeout; this wait does not. */
        fprintf(stderr, "  Retry in %" PRId64 " ms.\n", roomcast_error_retry_after_ms(error));
        break;
    default: break; /* later versions may add kinds */
    }

    /* The outcome says what is known of the message, and so whether to send it again. */
    switch (roomcast_error_outcome(error)) {
    case ROOMCAST_OUTCOME_UNKNOWN: return 3;
    default: return 1;
    }
}

int main(int argc, char **argv) {
    roomcast_client_options options = ROOMCAST_CLIENT_OPTIONS_INIT;
    roomcast_send_options to = ROOMCAST_SEND_OPTIONS_INIT;
    roomcast_client *client = NULL;
    roomcast_error *error = NULL;
    roomcast_send_result *send_result = NULL;
    int code = 0;

    if (argc != 3) {
        fprintf(stderr, "usage: %s <room id> <message>\n", argv[0]);
        return 2;
    }
    options.timeout_ms = 5000;
    if (roomcast_client_new(&options, &client, &error) != ROOMCAST_OK) {
        code = explain(error);
        roomcast_error_free(error);
        return code;
    }

    to.format = ROOMCAST_FORMAT_CHAT; /* 100ms's Prebuilt shows chat lines only */
    to.send_result = &send_result;
    if (roomcast_broadcast(client, argv[1], argv[2], &to, &error) == ROOMCAST_OK) {
        printf("%s, attempts: %" PRIu32 "\n", roomcast_send_result_message(send_result),
               roomcast_send_result_attempts(send_result));
    } else {
        code = explain(error);
    }
    roomcast_send_result_free(send_result);
    roomcast_error_free(error);
    roomcast_client_free(client);
    return code;
}
