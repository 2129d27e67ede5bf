/* Wrong calls of the _async functions: each returns a status and calls no callback. Needs no server. */
#include "check.h"

#include <stddef.h>

#define NOT_UTF8 "bad \xff\xfe"

static int called;

static void never(void *user_data, roomcast_status status, roomcast_send_result *send_result, roomcast_error *error) {
    (void)user_data;
    (void)status;
    roomcast_send_result_free(send_result);
    roomcast_error_free(error);
    called++;
}

static roomcast_client *good_client(void) {
    roomcast_client_options options = ROOMCAST_CLIENT_OPTIONS_INIT;
    roomcast_client *client = NULL;
    options.access_key = "key";
    options.secret = "secret";
    options.base_url = "http://127.0.0.1:1/v2";
    CHECK(roomcast_client_new(&options, &client, NULL) == ROOMCAST_OK);
    return client;
}

/* The arguments of an _async call. */
typedef struct {
    const roomcast_client *client;
    const char *room_id, *target, *message;
    const roomcast_send_options *options;
    roomcast_on_done on_done;
} arguments;

/* Checks that all four functions fail with `kind`, that the text has `part`, and that there is no handle. */
static void refused(arguments with, int is_target, roomcast_status kind, const char *part, int line) {
    int function;
    for (function = 0; function < 4; function++) {
        char nothing = 0;
        roomcast_pending *pending = (roomcast_pending *)&nothing; /* must be overwritten */
        roomcast_error *error = (roomcast_error *)&nothing;
        roomcast_status status;
        if (is_target && function != 1 && function != 2) {
            continue;
        }
        switch (function) {
        case 0:
            status = roomcast_send_message_async(with.client, with.room_id, with.message, with.options, with.on_done, NULL,
                                                 &pending, &error);
            break;
        case 1:
            status = roomcast_send_to_peer_async(with.client, with.room_id, with.target, with.message, with.options,
                                                 with.on_done, NULL, &pending, &error);
            break;
        case 2:
            status = roomcast_send_to_role_async(with.client, with.room_id, with.target, with.message, with.options,
                                                 with.on_done, NULL, &pending, &error);
            break;
        default:
            status = roomcast_broadcast_async(with.client, with.room_id, with.message, with.options, with.on_done, NULL,
                                              &pending, &error);
        }
        check(status == kind, roomcast_status_name((int)status), line);
        check(pending == NULL, "there is no handle", line);
        check(roomcast_error_kind(error) == kind, "the error has the status", line);
        check(roomcast_error_outcome(error) == ROOMCAST_OUTCOME_NOT_SENT, "nothing was sent", line);
        check(strstr(roomcast_error_message(error), part) != NULL, roomcast_error_message(error), line);
        roomcast_error_free(error);
    }
    check(called == 0, "no callback was called", line);
}

#define REFUSED(with, kind, part) refused(with, 0, kind, part, __LINE__)
#define TARGET_REFUSED(with, part) refused(with, 1, ROOMCAST_INVALID_REQUEST, part, __LINE__)

static arguments good(const roomcast_client *client) {
    arguments with = {NULL, "r", "t", "hi", NULL, never};
    with.client = client;
    return with;
}

static void null_and_bad_text(void) {
    roomcast_client *client = good_client();
    arguments with;
    with = good(NULL), REFUSED(with, ROOMCAST_CONFIGURATION, "the client is NULL");
    with = good(client), with.room_id = NULL, REFUSED(with, ROOMCAST_INVALID_REQUEST, "room_id is null");
    with = good(client), with.room_id = NOT_UTF8, REFUSED(with, ROOMCAST_INVALID_REQUEST, "room_id");
    with = good(client), with.message = NULL, REFUSED(with, ROOMCAST_INVALID_REQUEST, "message is null");
    with = good(client), with.message = NOT_UTF8, REFUSED(with, ROOMCAST_INVALID_REQUEST, "message");
    with = good(client), with.message = "", REFUSED(with, ROOMCAST_INVALID_REQUEST, "message");
    with = good(client), with.target = NULL, TARGET_REFUSED(with, "is null");
    with = good(client), with.target = "", TARGET_REFUSED(with, "is blank");
    with = good(client), with.target = NOT_UTF8, TARGET_REFUSED(with, "is not");
    roomcast_client_free(client);
}

static void options_of_a_wrong_size(void) {
    static const uint32_t wrong[] = {0, 1, offsetof(roomcast_send_options, format) - 1, 4097, UINT32_MAX};
    roomcast_client *client = good_client();
    roomcast_send_options to = ROOMCAST_SEND_OPTIONS_INIT;
    arguments with = good(client);
    size_t i;
    with.options = &to;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        to.struct_size = wrong[i];
        REFUSED(with, ROOMCAST_INVALID_REQUEST, "send_options has a struct_size that is not valid");
    }
    roomcast_client_free(client);
}

static void use_after_close(void) {
    roomcast_client *client = good_client();
    arguments with = good(client);
    roomcast_client_close(client);
    REFUSED(with, ROOMCAST_CONFIGURATION, "the client is closed");
    roomcast_client_free(client);
}

static void outputs_may_be_null(void) {
    CHECK(roomcast_broadcast_async(NULL, "r", "hi", NULL, never, NULL, NULL, NULL) == ROOMCAST_CONFIGURATION);
    CHECK(roomcast_broadcast_async(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL) == ROOMCAST_CONFIGURATION);
    CHECK(roomcast_list_peers_async(NULL, "r", NULL, NULL, NULL, NULL, NULL) == ROOMCAST_CONFIGURATION);
    CHECK(roomcast_get_room_async(NULL, "r", NULL, NULL, NULL, NULL, NULL) == ROOMCAST_CONFIGURATION);
    roomcast_pending_cancel(NULL);
    roomcast_pending_free(NULL);
    CHECK(called == 0);
}

static void the_output_for_the_result_is_set_to_null(void) {
    roomcast_client *client = good_client();
    roomcast_send_result *send_result = (roomcast_send_result *)&send_result; /* must be overwritten */
    roomcast_send_options to = ROOMCAST_SEND_OPTIONS_INIT;
    to.send_result = &send_result;
    CHECK(roomcast_broadcast_async(client, "", "hi", &to, never, NULL, NULL, NULL) == ROOMCAST_INVALID_REQUEST);
    CHECK(send_result == NULL);
    roomcast_client_free(client);
}

/* What was refused has no result, and takes no place. */
static void nothing_reaches_the_queue(void) {
    roomcast_client *client = good_client();
    roomcast_completion *completion = (roomcast_completion *)&completion; /* must be overwritten */
    roomcast_stats stats = ROOMCAST_STATS_INIT;
    arguments with = good(client);
    with.on_done = NULL;
    with.room_id = "", REFUSED(with, ROOMCAST_INVALID_REQUEST, "room_id");
    with.room_id = "r", with.target = NULL, TARGET_REFUSED(with, "is null");
    CHECK(roomcast_list_peers_async(client, NULL, NULL, NULL, NULL, NULL, NULL) == ROOMCAST_INVALID_REQUEST);
    CHECK(roomcast_list_peers_of_user_async(client, "r", NULL, NULL, NULL, NULL, NULL, NULL) == ROOMCAST_INVALID_REQUEST);
    CHECK(roomcast_list_peers_of_role_async(client, "r", "", NULL, NULL, NULL, NULL, NULL) == ROOMCAST_INVALID_REQUEST);
    CHECK(roomcast_get_room_async(client, NOT_UTF8, NULL, NULL, NULL, NULL, NULL) == ROOMCAST_INVALID_REQUEST);
    roomcast_client_close(client);
    with = good(client), with.on_done = NULL, REFUSED(with, ROOMCAST_CONFIGURATION, "the client is closed");
    CHECK(roomcast_client_stats(client, &stats, NULL) == ROOMCAST_OK && stats.uncollected_bytes == 0);
    CHECK(roomcast_client_next(client, &completion, NULL) == ROOMCAST_CONFIGURATION && completion == NULL);
    roomcast_client_free(client);
}

static void a_completion_that_is_null(void) {
    roomcast_client *client = good_client();
    roomcast_completion *completion = NULL;
    roomcast_error *error = NULL;
    CHECK(roomcast_client_fd(NULL) == -1);
    CHECK(roomcast_client_next(NULL, &completion, &error) == ROOMCAST_CONFIGURATION);
    CHECK(strstr(roomcast_error_message(error), "the client is NULL") != NULL);
    roomcast_error_free(error);
    CHECK(roomcast_client_wait(NULL, -1, &completion, NULL) == ROOMCAST_CONFIGURATION);
    CHECK(roomcast_client_next(client, NULL, &error) == ROOMCAST_INVALID_REQUEST);
    CHECK(strstr(roomcast_error_message(error), "the output pointer completion is null") != NULL);
    roomcast_error_free(error);
    CHECK(roomcast_client_wait(client, -1, NULL, NULL) == ROOMCAST_INVALID_REQUEST);
    CHECK(roomcast_completion_user_data(NULL) == NULL && roomcast_completion_status(NULL) == ROOMCAST_OK);
    CHECK(roomcast_completion_send_result(NULL) == NULL && roomcast_completion_recipients(NULL) == NULL);
    CHECK(roomcast_completion_peers(NULL) == NULL && roomcast_completion_room(NULL) == NULL);
    CHECK(roomcast_completion_error(NULL) == NULL);
    roomcast_completion_free(NULL);
    roomcast_client_free(client);
}

int main(void) {
    run("NULL and bad text", null_and_bad_text);
    run("options of a wrong size", options_of_a_wrong_size);
    run("use after close", use_after_close);
    run("outputs may be NULL", outputs_may_be_null);
    run("the output for the result is set to NULL", the_output_for_the_result_is_set_to_null);
    run("nothing reaches the queue", nothing_reaches_the_queue);
    run("a completion that is NULL", a_completion_that_is_null);
    return finish();
}
