/*
 * One message to several recipients: every wrong call returns a status, never crashes or leaks, and reaches nobody. The shared
 * matrix tests who is reached.
 */
#define _POSIX_C_SOURCE 200112L

#include "closed_port.h"
#include "serving.h"

#include <stdint.h>

enum { USER, USERS, PEERS, ROLES, FUNCTIONS };

/* The arguments of a call. A user is the first of the list. */
typedef struct {
    const roomcast_client *client;
    const char *room_id;
    const char *const *list;
    size_t count;
    const char *message;
    const roomcast_send_options *options;
} arguments;

static roomcast_status blocking(int function, arguments with, roomcast_recipients **recipients, roomcast_error **error) {
    const char *user_id = with.list == NULL ? NULL : with.list[0];
    switch (function) {
    case USER:
        return roomcast_send_to_user(with.client, with.room_id, user_id, with.message, with.options, recipients, error);
    case USERS:
        return roomcast_send_to_users(with.client, with.room_id, with.list, with.count, with.message, with.options,
                                      recipients, error);
    case PEERS:
        return roomcast_send_to_peers(with.client, with.room_id, with.list, with.count, with.message, with.options,
                                      recipients, error);
    default:
        return roomcast_send_to_roles(with.client, with.room_id, with.list, with.count, with.message, with.options,
                                      recipients, error);
    }
}

static roomcast_status started(int function, arguments with, roomcast_on_recipients on_done, void *user_data,
                               roomcast_pending **pending, roomcast_error **error) {
    const char *user_id = with.list == NULL ? NULL : with.list[0];
    switch (function) {
    case USER:
        return roomcast_send_to_user_async(with.client, with.room_id, user_id, with.message, with.options, on_done,
                                           user_data, pending, error);
    case USERS:
        return roomcast_send_to_users_async(with.client, with.room_id, with.list, with.count, with.message,
                                            with.options, on_done, user_data, pending, error);
    case PEERS:
        return roomcast_send_to_peers_async(with.client, with.room_id, with.list, with.count, with.message,
                                            with.options, on_done, user_data, pending, error);
    default:
        return roomcast_send_to_roles_async(with.client, with.room_id, with.list, with.count, with.message,
                                            with.options, on_done, user_data, pending, error);
    }
}

static int called;

static void never(void *user_data, roomcast_status status, roomcast_recipients *recipients, roomcast_error *error) {
    (void)user_data;
    (void)status;
    roomcast_recipients_free(recipients);
    roomcast_error_free(error);
    called++;
}

/* The function and its asynchronous form fail with this kind, say why, and set their outputs. */
static void refused(int function, arguments with, roomcast_status kind, const char *part, int line) {
    char nothing = 0;
    roomcast_recipients *recipients = (roomcast_recipients *)&nothing; /* must be overwritten */
    roomcast_pending *pending = (roomcast_pending *)&nothing;
    roomcast_error *error = (roomcast_error *)&nothing;
    check(blocking(function, with, &recipients, &error) == kind, "the call is refused", line);
    check(recipients == NULL, "there are no recipients", line);
    expect(error, kind, part, line);
    error = (roomcast_error *)&nothing;
    check(started(function, with, never, NULL, &pending, &error) == kind, "the _async call is refused", line);
    check(pending == NULL && called == 0, "nothing was started", line);
    expect(error, kind, part, line);
    check(blocking(function, with, &recipients, NULL) == kind, "the call is refused without an error", line);
}

#define REFUSED(function, with, kind, part) refused(function, with, kind, part, __LINE__)
#define INVALID(function, with, part) REFUSED(function, with, ROOMCAST_INVALID_REQUEST, part)

static const char *const names[] = {"a", "b"};

static arguments good(const roomcast_client *sending) {
    arguments with = {NULL, "r", names, 2, MESSAGE, NULL};
    with.client = sending;
    return with;
}

/* --- tests --- */

static void what_is_null_is_refused(void) {
    roomcast_client *sending = client();
    roomcast_error *error = NULL;
    arguments with;
    int function;
    for (function = USER; function < FUNCTIONS; function++) {
        with = good(NULL);
        REFUSED(function, with, ROOMCAST_CONFIGURATION, "the client is NULL");
        with = good(sending), with.room_id = NULL;
        INVALID(function, with, "room_id is null");
        with = good(sending), with.message = NULL;
        INVALID(function, with, "message is null");
        with = good(sending);
        CHECK(blocking(function, with, NULL, &error) == ROOMCAST_INVALID_REQUEST);
        EXPECT(error, ROOMCAST_INVALID_REQUEST, "the output pointer recipients is null; it takes the address of a pointer");
    }
    roomcast_client_free(sending);
}

static void without_a_callback_the_queue_has_the_result(void) {
    roomcast_client *sending = client();
    roomcast_completion *completion = NULL;
    roomcast_error *error = NULL;
    int function;
    for (function = USER; function < FUNCTIONS; function++) {
        const roomcast_recipients *recipients;
        CHECK(started(function, good(sending), NULL, NULL, NULL, &error) == ROOMCAST_OK && error == NULL);
        CHECK(roomcast_client_wait(sending, 60000, &completion, NULL) == ROOMCAST_OK && completion != NULL);
        recipients = roomcast_completion_recipients(completion);
        if (function == USER || function == USERS) { /* nobody could be looked up */
            CHECK(recipients == NULL);
            EXPECT_BORROWED(roomcast_completion_error(completion), ROOMCAST_CONNECTION, "");
        } else {
            CHECK(roomcast_completion_status(completion) == ROOMCAST_OK && roomcast_recipients_count(recipients) == 2);
            EXPECT_BORROWED(roomcast_recipients_error(recipients, 1), ROOMCAST_CONNECTION, "");
        }
        roomcast_completion_free(completion);
    }
    roomcast_client_free(sending);
}

/* Each of them would be everyone if it counted as omitted. */
static void a_list_without_names_reaches_nobody(void) {
    static const char *const parts[][4] = {
        {"user_id is null", "user_ids is null, not a list", "peer_ids is null, not a list", "roles is null, not a list"},
        {NULL, "user_ids is empty", "peer_ids is empty", "roles is empty"},
        {NULL, "user_ids[1] is null", "peer_ids[1] is null", "roles[1] is null"},
        {NULL, "user_ids[1] is blank", "peer_ids[1] is blank", "roles[1] is blank"},
        {NULL, "user_ids[1] is not valid Unicode", "peer_ids[1] is not valid Unicode", "roles[1] is not valid Unicode"},
    };
    static const char *const with_null[] = {"a", NULL}, *const with_blank[] = {"a", " \t"}, *const broken[] = {"a", "\xff"};
    roomcast_client *sending = client();
    arguments with = good(sending);
    int function;
    with.list = NULL;
    INVALID(USER, with, parts[0][USER]);
    with.list = with_null + 1;
    INVALID(USER, with, "user_id is null");
    with.list = with_blank + 1;
    INVALID(USER, with, "user_id is blank");
    with.list = broken + 1;
    INVALID(USER, with, "user_id is not valid Unicode");
    for (function = USERS; function < FUNCTIONS; function++) {
        with.list = NULL, with.count = 2;
        INVALID(function, with, parts[0][function]);
        with.count = 0;
        INVALID(function, with, parts[0][function]);
        with.list = names;
        INVALID(function, with, parts[1][function]);
        with.list = with_null, with.count = 2;
        INVALID(function, with, parts[2][function]);
        with.list = with_blank;
        INVALID(function, with, parts[3][function]);
        with.list = broken;
        INVALID(function, with, parts[4][function]);
        with.list = names, with.count = (size_t)-1;
        INVALID(function, with, "and no array has so many elements");
    }
    roomcast_client_free(sending);
}

static void options_that_name_somebody_else(void) {
    struct {
        roomcast_send_options known;
        void *later;
    } options = {ROOMCAST_SEND_OPTIONS_INIT, NULL};
    roomcast_client *sending = client();
    roomcast_send_result *send_result;
    int function;
    for (function = USER; function < FUNCTIONS; function++) {
        arguments with = good(sending);
        roomcast_send_options fresh = ROOMCAST_SEND_OPTIONS_INIT;
        with.options = &options.known;
        options.known = fresh, options.known.peer_id = "p";
        INVALID(function, with, "unknown option peer_id (known: type, timeout_ms, ");
        options.known = fresh, options.known.role = "host";
        INVALID(function, with, "unknown option role");
        options.known = fresh, options.known.audience = ROOMCAST_AUDIENCE_EVERYONE;
        INVALID(function, with, "audience is everyone, but ");
        options.known = fresh, options.known.format = ROOMCAST_FORMAT_REACTION + 1;
        INVALID(function, with, "which is no value of roomcast_format");
        options.known = fresh, options.known.timeout_ms = 3600001;
        INVALID(function, with, "timeout_ms is out of range");
        options.known = fresh, options.known.struct_magic = 0;
        INVALID(function, with, "send_options is not initialised");
        options.known = fresh, options.known.struct_size = sizeof options, options.later = &options;
        send_result = (roomcast_send_result *)&options; /* must be overwritten */
        options.known.send_result = &send_result;
        INVALID(function, with, "send_options has an option that this version of roomcast does not know");
        CHECK(send_result == NULL);
    }
    roomcast_client_free(sending);
}

/* Without a query, each recipient has an error of its own; with one, the whole call has it. */
static void each_has_its_result(void) {
    static const char *const twice[] = {"b", "a", "b"};
    roomcast_client *sending = client();
    roomcast_send_options options = ROOMCAST_SEND_OPTIONS_INIT;
    roomcast_send_result *send_result = (roomcast_send_result *)&options;
    roomcast_recipients *recipients = NULL;
    roomcast_error *error = NULL;
    arguments with = good(sending);
    size_t i;
    int function;
    for (function = USER; function < PEERS; function++) {
        recipients = (roomcast_recipients *)&options;
        CHECK(blocking(function, with, &recipients, &error) == ROOMCAST_CONNECTION && recipients == NULL);
        EXPECT(error, ROOMCAST_CONNECTION, "Nothing was sent.");
    }
    with.list = twice, with.count = 3, with.options = &options, options.send_result = &send_result;
    for (function = PEERS; function < FUNCTIONS; function++) {
        CHECK(blocking(function, with, &recipients, &error) == ROOMCAST_OK);
        CHECK(error == NULL && send_result == NULL && roomcast_recipients_count(recipients) == 2);
        for (i = 0; i < 2; i++) {
            CHECK(strcmp(roomcast_recipients_peer_id(recipients, i), function == PEERS ? twice[i] : "") == 0);
            CHECK(strcmp(roomcast_recipients_role(recipients, i), function == ROLES ? twice[i] : "") == 0);
            CHECK(strcmp(roomcast_recipients_user_id(recipients, i), "") == 0);
            CHECK(roomcast_recipients_send_result(recipients, i) == NULL);
            EXPECT_BORROWED(roomcast_recipients_error(recipients, i), ROOMCAST_CONNECTION, "Nothing was sent.");
        }
        CHECK(strcmp(roomcast_recipients_peer_id(recipients, 2), "") == 0);
        CHECK(roomcast_recipients_error(recipients, SIZE_MAX) == NULL);
        roomcast_recipients_free(recipients);
    }
    roomcast_client_close(sending);
    for (function = USER; function < FUNCTIONS; function++) {
        REFUSED(function, with, ROOMCAST_CONFIGURATION, "the client is closed");
    }
    roomcast_client_free(sending);
}

static void accessors_accept_null(void) {
    CHECK(roomcast_recipients_count(NULL) == 0);
    CHECK(strcmp(roomcast_recipients_peer_id(NULL, 0), "") == 0);
    CHECK(strcmp(roomcast_recipients_role(NULL, 0), "") == 0);
    CHECK(strcmp(roomcast_recipients_user_id(NULL, (size_t)-1), "") == 0);
    CHECK(roomcast_recipients_send_result(NULL, 0) == NULL);
    CHECK(roomcast_recipients_error(NULL, 0) == NULL);
    roomcast_recipients_free(NULL);
}

static void asynchronous_calls_have_the_same_results(void) {
    int function;
    for (function = USER; function < FUNCTIONS; function++) {
        several_completion kept = {COMPLETION_INIT, NULL};
        roomcast_client *sending = client();
        roomcast_pending *pending = NULL;
        char copied[2] = "b";
        const char *list[] = {"a", NULL};
        arguments with = good(sending);
        list[1] = copied, with.list = list;
        CHECK(started(function, with, complete_several, &kept, &pending, NULL) == ROOMCAST_OK);
        list[0] = NULL, copied[0] = '\0';
        roomcast_client_free(sending);
        await(&kept.done);
        roomcast_pending_cancel(pending); /* too late */
        roomcast_pending_free(pending);
        if (function < PEERS) {
            CHECK(kept.done.status == ROOMCAST_CONNECTION && kept.recipients == NULL);
            EXPECT_BORROWED(kept.done.error, ROOMCAST_CONNECTION, "Nothing was sent.");
        } else {
            CHECK(kept.done.status == ROOMCAST_OK && kept.done.error == NULL);
            CHECK(roomcast_recipients_count(kept.recipients) == 2);
            CHECK(strcmp((function == PEERS ? roomcast_recipients_peer_id : roomcast_recipients_role)(kept.recipients, 1), "b") == 0);
        }
        CHECK(kept.done.calls == 1);
        roomcast_recipients_free(kept.recipients);
        free_results(&kept.done);
    }
}

int main(void) {
    run("what is NULL is refused", what_is_null_is_refused);
    run("without a callback the queue has the result", without_a_callback_the_queue_has_the_result);
    run("a list without names reaches nobody", a_list_without_names_reaches_nobody);
    run("options that name somebody else", options_that_name_somebody_else);
    run("each has its result", each_has_its_result);
    run("accessors accept NULL", accessors_accept_null);
    run("asynchronous calls have the same results", asynchronous_calls_have_the_same_results);
    return finish();
}
