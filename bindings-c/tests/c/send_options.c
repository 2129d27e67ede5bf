/*
 * The options of one send that only C can express: a structure without a recipient, numbers that are no value of their
 * enumeration, structures of other versions.
 */
#include "closed_port.h"

#include <stddef.h>

static int called;

static void never(void *user_data, roomcast_status status, roomcast_send_result *send_result, roomcast_error *error) {
    (void)user_data;
    (void)status;
    roomcast_send_result_free(send_result);
    roomcast_error_free(error);
    called++;
}

enum { MESSAGE_TO, PEER, ROLE, EVERYONE };

static roomcast_status blocking(int function, const roomcast_client *sending, const char *message,
                                const roomcast_send_options *to, roomcast_error **error) {
    switch (function) {
    case MESSAGE_TO: return roomcast_send_message(sending, "r", message, to, error);
    case PEER: return roomcast_send_to_peer(sending, "r", "p", message, to, error);
    case ROLE: return roomcast_send_to_role(sending, "r", "host", message, to, error);
    default: return roomcast_broadcast(sending, "r", message, to, error);
    }
}

static roomcast_status started(int function, const roomcast_client *sending, const char *message,
                               const roomcast_send_options *to, roomcast_error **error) {
    switch (function) {
    case MESSAGE_TO: return roomcast_send_message_async(sending, "r", message, to, never, NULL, NULL, error);
    case PEER: return roomcast_send_to_peer_async(sending, "r", "p", message, to, never, NULL, NULL, error);
    case ROLE: return roomcast_send_to_role_async(sending, "r", "host", message, to, never, NULL, NULL, error);
    default: return roomcast_broadcast_async(sending, "r", message, to, never, NULL, NULL, error);
    }
}

/* The function and its asynchronous form refuse these options, and say why. */
static void refused(int function, const roomcast_client *sending, const char *message, const roomcast_send_options *to,
                    const char *part, int line) {
    roomcast_error *error = NULL;
    roomcast_status status = blocking(function, sending, message, to, &error);
    check(status == ROOMCAST_INVALID_REQUEST, roomcast_status_name((int)status), line);
    expect(error, status, part, line);
    error = NULL;
    status = started(function, sending, message, to, &error);
    check(status == ROOMCAST_INVALID_REQUEST, roomcast_status_name((int)status), line);
    expect(error, status, part, line);
    check(called == 0, "no callback was called", line);
}

#define REFUSED(function, message, to, part) refused(function, sending, message, to, part, __LINE__)
#define ATTEMPTED(function, message, to) CHECK(blocking(function, sending, message, to, NULL) == ROOMCAST_CONNECTION)

static roomcast_send_options fresh(void) {
    roomcast_send_options to = ROOMCAST_SEND_OPTIONS_INIT;
    return to;
}

/* --- tests --- */

static void options_without_a_recipient_reach_nobody(void) {
    static const char nobody[] = "the options name neither a peer nor a role. Nothing was sent. Set peer_id or role; ";
    roomcast_client *sending = client();
    roomcast_send_result *send_result = NULL;
    roomcast_send_options to = fresh();
    REFUSED(MESSAGE_TO, MESSAGE, &to, nobody);
    to = fresh(), to.type = "chat";
    REFUSED(MESSAGE_TO, MESSAGE, &to, nobody);
    to = fresh(), to.format = ROOMCAST_FORMAT_CHAT;
    REFUSED(MESSAGE_TO, MESSAGE, &to, nobody);
    to = fresh(), to.timeout_ms = 5000, to.send_result = &send_result;
    REFUSED(MESSAGE_TO, MESSAGE, &to, nobody);
    to = fresh(), to.audience = ROOMCAST_AUDIENCE_EVERYONE;
    ATTEMPTED(MESSAGE_TO, MESSAGE, &to);
    /* Options that are NULL altogether mean everyone. */
    ATTEMPTED(MESSAGE_TO, MESSAGE, NULL);
    roomcast_client_free(sending);
}

static void a_broadcast_says_it_by_itself(void) {
    roomcast_client *sending = client();
    roomcast_send_options to = fresh();
    ATTEMPTED(EVERYONE, MESSAGE, &to);
    to.audience = ROOMCAST_AUDIENCE_EVERYONE;
    ATTEMPTED(EVERYONE, MESSAGE, &to);
    roomcast_client_free(sending);
}

static void everyone_and_a_target_contradict(void) {
    roomcast_client *sending = client();
    roomcast_send_options to = fresh();
    to.audience = ROOMCAST_AUDIENCE_EVERYONE;
    REFUSED(PEER, MESSAGE, &to, "audience is everyone, but peer_id is given");
    REFUSED(ROLE, MESSAGE, &to, "audience is everyone, but role is given");
    to.role = "host";
    REFUSED(MESSAGE_TO, MESSAGE, &to, "audience is everyone, but role is given");
    to.role = NULL, to.peer_id = "p";
    REFUSED(MESSAGE_TO, MESSAGE, &to, "audience is everyone, but peer_id is given");
    to.audience = ROOMCAST_AUDIENCE_TARGET;
    ATTEMPTED(MESSAGE_TO, MESSAGE, &to);
    roomcast_client_free(sending);
}

static void numbers_that_are_no_value(void) {
    static const uint32_t wrong[] = {ROOMCAST_FORMAT_REACTION + 1, 256, 0x80000000u, UINT32_MAX};
    roomcast_client *sending = client();
    int function;
    size_t i;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        for (function = MESSAGE_TO; function <= EVERYONE; function++) {
            roomcast_send_options to = fresh();
            to.format = wrong[i];
            REFUSED(function, MESSAGE, &to, "which is no value of roomcast_format");
            to = fresh(), to.audience = wrong[i];
            REFUSED(function, MESSAGE, &to, "which is no value of roomcast_audience");
            to = fresh(), to.retry_unknown = wrong[i];
            to.audience = function == MESSAGE_TO ? ROOMCAST_AUDIENCE_EVERYONE : ROOMCAST_AUDIENCE_TARGET;
            REFUSED(function, MESSAGE, &to, "retry_unknown is a number; it takes true or false");
        }
    }
    roomcast_client_free(sending);
}

static void limits_of_one_call(void) {
    roomcast_client *sending = client();
    roomcast_send_options to = fresh();
    to.timeout_ms = 3600001;
    REFUSED(PEER, MESSAGE, &to, "timeout_ms is out of range: it is more than 0 and at most an hour");
    to = fresh(), to.max_attempts = 101;
    REFUSED(EVERYONE, MESSAGE, &to, "max_attempts is out of range: it is 1 to 100");
    to = fresh(), to.timeout_ms = 3600000, to.max_attempts = 1, to.retry_unknown = ROOMCAST_SWITCH_OFF;
    ATTEMPTED(ROLE, MESSAGE, &to);
    roomcast_client_free(sending);
}

static void json_is_checked(void) {
    static const char *const wrong[] = {"", " ", "{", "[1,]", "{'a': 1}", "nan", "01", "1 2", "\"the-message-itself", "\"\t\""};
    static const uint32_t formats[] = {ROOMCAST_FORMAT_JSON, ROOMCAST_FORMAT_EVENT};
    roomcast_client *sending = client();
    roomcast_send_options to = fresh();
    size_t i, format;
    char nested[129] = {0};
    to.type = "deal";
    for (format = 0; format < 2; format++) {
        to.format = formats[format];
        for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
            REFUSED(EVERYONE, wrong[i], &to, "message is not JSON (at line 1, column ");
        }
        memset(nested, '[', 128);
        REFUSED(EVERYONE, nested, &to, "message is ");
        REFUSED(EVERYONE, NULL, &to, "message is null");
        REFUSED(EVERYONE, "\"\xff\"", &to, "message is not valid Unicode");
        ATTEMPTED(EVERYONE, " {\"a\": [1, \"\\u0000\"]}\n", &to);
        ATTEMPTED(EVERYONE, "\"\"", &to);
    }
    roomcast_client_free(sending);
}

static void rules_of_the_formats(void) {
    roomcast_client *sending = client();
    roomcast_send_options to = fresh();
    to.format = ROOMCAST_FORMAT_EVENT;
    REFUSED(EVERYONE, "1", &to, "type is missing: it is the event's name");
    to.type = "hms_x";
    REFUSED(EVERYONE, "1", &to, "type begins with hms_");
    to = fresh(), to.format = ROOMCAST_FORMAT_CHAT, to.type = "chat";
    REFUSED(EVERYONE, MESSAGE, &to, "type is given, but the message has its own");
    to.type = NULL;
    REFUSED(EVERYONE, " ", &to, "message is blank");
    REFUSED(EVERYONE, NULL, &to, "message is null");
    to = fresh(), to.format = ROOMCAST_FORMAT_REACTION;
    REFUSED(EVERYONE, NULL, &to, "emoji_id is null");
    REFUSED(EVERYONE, "", &to, "emoji_id is blank");
    to.sender_id = " ";
    REFUSED(EVERYONE, "heart", &to, "sender_id is blank");
    to.sender_id = "\xff";
    REFUSED(EVERYONE, "heart", &to, "sender_id is not valid Unicode");
    to.sender_id = "p";
    ATTEMPTED(EVERYONE, "heart", &to);
    for (to.format = ROOMCAST_FORMAT_TEXT; to.format < ROOMCAST_FORMAT_REACTION; to.format++) {
        to.type = to.format == ROOMCAST_FORMAT_EVENT ? "deal" : NULL;
        REFUSED(EVERYONE, "1", &to, "sender_id is given, but the message's format has none");
    }
    roomcast_client_free(sending);
}

/* As a program has it that was compiled when the struct ended after send_result. */
static void the_options_of_an_older_program(void) {
    roomcast_client *sending = client();
    roomcast_send_options to = fresh();
    memset((char *)&to + offsetof(roomcast_send_options, format), 0xee, sizeof to - offsetof(roomcast_send_options, format));
    to.struct_size = offsetof(roomcast_send_options, format);
    to.peer_id = "p";
    ATTEMPTED(MESSAGE_TO, MESSAGE, &to);
    to.peer_id = NULL;
    REFUSED(MESSAGE_TO, MESSAGE, &to, "the options name neither a peer nor a role");
    ATTEMPTED(EVERYONE, MESSAGE, &to);
    roomcast_client_free(sending);
}

static void what_is_reserved_must_be_zero(void) {
    roomcast_client *sending = client();
    roomcast_send_options to = fresh();
    to.reserved = 1;
    REFUSED(EVERYONE, MESSAGE, &to, "send_options has an option that this version of roomcast does not know");
    roomcast_client_free(sending);
}

static void request_ids_of_nothing(void) {
    CHECK(roomcast_error_request_id(NULL) == NULL);
    CHECK(roomcast_send_result_request_id(NULL) == NULL);
}

int main(void) {
    run("options without a recipient reach nobody", options_without_a_recipient_reach_nobody);
    run("a broadcast says it by itself", a_broadcast_says_it_by_itself);
    run("everyone and a target contradict", everyone_and_a_target_contradict);
    run("numbers that are no value", numbers_that_are_no_value);
    run("limits of one call", limits_of_one_call);
    run("JSON is checked", json_is_checked);
    run("rules of the formats", rules_of_the_formats);
    run("the options of an older program", the_options_of_an_older_program);
    run("what is reserved must be zero", what_is_reserved_must_be_zero);
    run("request ids of nothing", request_ids_of_nothing);
    return finish();
}
