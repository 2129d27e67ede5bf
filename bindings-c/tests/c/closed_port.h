/* For programs that need no server: what reaches the network finds a closed port. */
#ifndef CLOSED_PORT_H
#define CLOSED_PORT_H

#include "check.h"

#define MESSAGE "the-message-itself"

static inline roomcast_client *client(void) {
    roomcast_client_options options = ROOMCAST_CLIENT_OPTIONS_INIT;
    roomcast_client *created = NULL;
    options.access_key = "key";
    options.secret = "secret";
    options.base_url = "http://127.0.0.1:1/v2";
    options.max_attempts = 1;
    CHECK(roomcast_client_new(&options, &created, NULL) == ROOMCAST_OK);
    return created;
}

/* Checks that an error is complete, that nothing was sent, and that its text has `part` and not the message. */
static inline void expect_borrowed(const roomcast_error *error, roomcast_status kind, const char *part, int line) {
    const char *text = roomcast_error_message(error);
    check(error != NULL, "there is an error", line);
    check(roomcast_error_kind(error) == kind, roomcast_error_kind_name(error), line);
    check(roomcast_error_outcome(error) == ROOMCAST_OUTCOME_NOT_SENT, roomcast_error_outcome_name(error), line);
    check(strstr(text, part) != NULL, text, line);
    check(strstr(text, MESSAGE) == NULL, text, line);
}

/* Likewise, and frees the error. */
static inline void expect(roomcast_error *error, roomcast_status kind, const char *part, int line) {
    expect_borrowed(error, kind, part, line);
    roomcast_error_free(error);
}

#define EXPECT(error, kind, part) expect(error, kind, part, __LINE__)
#define EXPECT_BORROWED(error, kind, part) expect_borrowed(error, kind, part, __LINE__)

#endif
