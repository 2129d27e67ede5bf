/*
 * Webhooks: every wrong call returns a status, never crashes or leaks; and the strings of an event are valid as long as the
 * event. The shared matrix tests how bodies are parsed.
 */
#include "check.h"

#define SECRET "the-secret-itself"
#define JOIN                                                                                                       \
    "{\"id\":\"e1\",\"type\":\"peer.join.success\",\"data\":{\"peer_id\":\"p1\",\"room_id\":\"r1\",\"user_id\":\"u1\"," \
    "\"user_name\":\"a\\u0000b\",\"joined_at\":\"2021-11-30T12:58:49.123456789Z\"}}"

static roomcast_webhooks *reader(void) {
    roomcast_webhooks *webhooks = NULL;
    CHECK(roomcast_webhooks_new(SECRET, &webhooks, NULL) == ROOMCAST_OK);
    CHECK(webhooks != NULL);
    return webhooks;
}

/* Checks that an error is complete, that it quotes neither secret nor body, and that its text has `part`. Frees it. */
static void expect(roomcast_error *error, roomcast_status kind, unsigned answer, const char *part, int line) {
    const char *text = roomcast_error_message(error);
    check(error != NULL, "there is an error", line);
    check(roomcast_error_kind(error) == kind, roomcast_error_kind_name(error), line);
    check(roomcast_error_http_status(error) == answer, "the status to answer with", line);
    check(strstr(text, part) != NULL, text, line);
    check(strstr(text, SECRET) == NULL && strstr(text, "p1") == NULL, text, line);
    roomcast_error_free(error);
}

static void expect_refused(const char *header, const char *body, roomcast_status kind, unsigned answer, const char *part,
                           int line) {
    roomcast_webhooks *webhooks = reader();
    roomcast_event *event = (roomcast_event *)&line; /* must be overwritten */
    roomcast_error *error = NULL;
    check(roomcast_webhooks_read(webhooks, header, body, strlen(body), &event, &error) == kind, part, line);
    check(event == NULL, "there is no event", line);
    check(roomcast_error_outcome(error) == ROOMCAST_OUTCOME_NONE, roomcast_error_outcome_name(error), line);
    expect(error, kind, answer, part, line);
    check(roomcast_webhooks_read(webhooks, header, body, strlen(body), &event, NULL) == kind, part, line);
    roomcast_webhooks_free(webhooks);
}

#define EXPECT(error, kind, part) expect(error, kind, 0, part, __LINE__)
#define EXPECT_REFUSED(header, body, kind, answer, part) expect_refused(header, body, kind, answer, part, __LINE__)

static void secrets(void) {
    roomcast_webhooks *webhooks = (roomcast_webhooks *)SECRET;
    roomcast_error *error = NULL;
    CHECK(roomcast_webhooks_new(NULL, &webhooks, &error) == ROOMCAST_CONFIGURATION);
    CHECK(webhooks == NULL);
    EXPECT(error, ROOMCAST_CONFIGURATION, "secret is null");
    CHECK(roomcast_webhooks_new("", &webhooks, &error) == ROOMCAST_CONFIGURATION);
    EXPECT(error, ROOMCAST_CONFIGURATION, "secret is blank");
    CHECK(roomcast_webhooks_new("\xff\xfe", &webhooks, &error) == ROOMCAST_CONFIGURATION);
    EXPECT(error, ROOMCAST_CONFIGURATION, "secret is not valid Unicode");
    CHECK(roomcast_webhooks_new(SECRET, NULL, &error) == ROOMCAST_CONFIGURATION);
    EXPECT(error, ROOMCAST_CONFIGURATION, "the output pointer for the webhook reader is NULL");
    CHECK(roomcast_webhooks_new(SECRET, NULL, NULL) == ROOMCAST_CONFIGURATION);
    roomcast_webhooks_free(NULL);
}

static void refused(void) {
    EXPECT_REFUSED(NULL, JOIN, ROOMCAST_WRONG_SECRET, 401, "the secret header is missing");
    EXPECT_REFUSED("", JOIN, ROOMCAST_WRONG_SECRET, 401, "another value");
    EXPECT_REFUSED("\xff\xfe", JOIN, ROOMCAST_WRONG_SECRET, 401, "another value");
    EXPECT_REFUSED(SECRET, "", ROOMCAST_INVALID_BODY, 400, "not proper JSON");
    EXPECT_REFUSED(SECRET, "{\"p1\":", ROOMCAST_INVALID_BODY, 400, "not proper JSON");
}

static void sizes(void) {
    roomcast_webhooks *webhooks = reader();
    roomcast_event *event = NULL;
    roomcast_error *error = NULL;
    size_t size = strlen(JOIN);
    char *exact = malloc(size), *large = calloc(1, 1024 * 1024 + 1);
    memcpy(exact, JOIN, size); /* no NUL byte after it */
    CHECK(roomcast_webhooks_read(webhooks, SECRET, exact, size, &event, NULL) == ROOMCAST_OK);
    roomcast_event_free(event);
    CHECK(roomcast_webhooks_read(webhooks, SECRET, exact, size - 1, &event, NULL) == ROOMCAST_INVALID_BODY);
    CHECK(roomcast_webhooks_read(webhooks, SECRET, large, 1024 * 1024 + 1, &event, &error) == ROOMCAST_TOO_LARGE);
    expect(error, ROOMCAST_TOO_LARGE, 413, "the body has more than 1048576 bytes", __LINE__);
    CHECK(roomcast_webhooks_read(webhooks, SECRET, large, 1024 * 1024, &event, &error) == ROOMCAST_INVALID_BODY);
    expect(error, ROOMCAST_INVALID_BODY, 400, "not proper JSON", __LINE__);
    CHECK(roomcast_webhooks_read(webhooks, SECRET, NULL, 0, &event, NULL) == ROOMCAST_INVALID_BODY);
    CHECK(roomcast_webhooks_read(webhooks, SECRET, NULL, 1, &event, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "body is NULL");
    CHECK(roomcast_webhooks_read(webhooks, SECRET, exact, (size_t)-1, &event, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "body_size is larger than any object can be");
    CHECK(roomcast_webhooks_read(webhooks, SECRET, exact, size, NULL, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "the output pointer for the event is NULL");
    CHECK(roomcast_webhooks_read(NULL, SECRET, exact, size, &event, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "the webhook reader is NULL");
    CHECK(roomcast_webhooks_read(NULL, NULL, NULL, 9, NULL, NULL) == ROOMCAST_INVALID_REQUEST);
    free(exact);
    free(large);
    roomcast_webhooks_free(webhooks);
}

static void an_event_outlives_its_reader(void) {
    roomcast_webhooks *webhooks = reader();
    roomcast_event *event = NULL;
    CHECK(roomcast_webhooks_read(webhooks, SECRET, JOIN, strlen(JOIN), &event, NULL) == ROOMCAST_OK);
    roomcast_webhooks_free(webhooks);
    CHECK(roomcast_event_kind(event) == ROOMCAST_EVENT_PEER_JOINED);
    CHECK(strcmp(roomcast_event_id(event), "e1") == 0);
    CHECK(roomcast_event_id(event) == roomcast_event_id(event));
    CHECK(strcmp(roomcast_event_peer_id(event), "p1") == 0);
    CHECK(strcmp(roomcast_event_user_id(event), "u1") == 0);
    CHECK(strcmp(roomcast_event_user_name(event), "a\xef\xbf\xbd" "b") == 0); /* a NUL would truncate it */
    CHECK(roomcast_event_joined_at_ms(event) == 1638277129123);
    CHECK(roomcast_event_left_at_ms(event) == -1 && roomcast_event_duration_ms(event) == -1);
    CHECK(strcmp(roomcast_event_reason(event), "") == 0);
    roomcast_event_free(event);
}

static void accessors_accept_null(void) {
    const char *(*const texts[])(const roomcast_event *) = {
        roomcast_event_id,        roomcast_event_type,      roomcast_event_version,    roomcast_event_account_id,
        roomcast_event_data,      roomcast_event_peer_id,   roomcast_event_room_id,    roomcast_event_user_id,
        roomcast_event_role,      roomcast_event_user_name, roomcast_event_user_data,  roomcast_event_peer_type,
        roomcast_event_room_name, roomcast_event_session_id, roomcast_event_template_id, roomcast_event_reason,
    };
    int64_t (*const times[])(const roomcast_event *) = {
        roomcast_event_timestamp_ms, roomcast_event_joined_at_ms,  roomcast_event_session_started_at_ms,
        roomcast_event_left_at_ms,   roomcast_event_duration_ms,
    };
    size_t i;
    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        CHECK(strcmp(texts[i](NULL), "") == 0);
    }
    for (i = 0; i < sizeof times / sizeof *times; i++) {
        CHECK(times[i](NULL) == -1);
    }
    CHECK(roomcast_event_kind(NULL) == ROOMCAST_EVENT_OTHER);
    CHECK(!roomcast_event_is_replay(NULL));
    roomcast_event_free(NULL);
}

int main(void) {
    run("secrets", secrets);
    run("refused", refused);
    run("sizes", sizes);
    run("an event outlives its reader", an_event_outlives_its_reader);
    run("accessors accept NULL", accessors_accept_null);
    return finish();
}
