/*
 * Every wrong call returns a status, and never crashes, leaks or reaches a wider audience. No server is needed: what reaches
 * the network finds a closed port.
 */
#define _POSIX_C_SOURCE 200112L /* setenv */

#include "check.h"

#include <limits.h>
#include <stddef.h>

#define CLOSED_PORT "http://127.0.0.1:1/v2"
#define NOT_UTF8 "bad \xff\xfe"
#define SECRET "the-secret-itself"
#define MESSAGE "the-message-itself"

/* --- helpers --- */

static roomcast_client_options good_options(void) {
    roomcast_client_options options = ROOMCAST_CLIENT_OPTIONS_INIT;
    options.access_key = "key";
    options.secret = SECRET;
    options.base_url = CLOSED_PORT;
    options.max_attempts = 1;
    options.timeout_ms = 5000;
    return options;
}

static roomcast_client *good_client(void) {
    roomcast_client_options options = good_options();
    roomcast_client *client = NULL;
    CHECK(roomcast_client_new(&options, &client, NULL) == ROOMCAST_OK);
    CHECK(client != NULL);
    return client;
}

/* Checks that an error is complete, that nothing was sent, and that its text has `part`. Frees it. */
static void expect(roomcast_error *error, roomcast_status kind, const char *part, int line) {
    const char *text = roomcast_error_message(error);
    check(error != NULL, "there is an error", line);
    check(roomcast_error_kind(error) == kind, roomcast_error_kind_name(error), line);
    check(roomcast_error_outcome(error) == ROOMCAST_OUTCOME_NOT_SENT, roomcast_error_outcome_name(error), line);
    check(strstr(text, part) != NULL, text, line);
    check(strstr(text, SECRET) == NULL && strstr(text, MESSAGE) == NULL, text, line);
    roomcast_error_free(error);
}

static void expect_no_client(const roomcast_client_options *options, const char *part, int line) {
    roomcast_client *client = (roomcast_client *)&line; /* must be overwritten */
    roomcast_error *error = NULL;
    roomcast_status status = roomcast_client_new(options, &client, &error);
    check(status == ROOMCAST_CONFIGURATION, "the client is refused", line);
    check(client == NULL, "there is no client", line);
    expect(error, ROOMCAST_CONFIGURATION, part, line);
}

#define EXPECT(error, kind, part) expect(error, kind, part, __LINE__)
#define EXPECT_NO_CLIENT(options, part) expect_no_client(options, part, __LINE__)

/* --- tests --- */

static void version(void) {
    char numbers[40];
    sprintf(numbers, "%d.%d.%d", ROOMCAST_VERSION_MAJOR, ROOMCAST_VERSION_MINOR, ROOMCAST_VERSION_PATCH);
    CHECK(strcmp(numbers, ROOMCAST_VERSION) == 0);
    CHECK(ROOMCAST_VERSION_NUMBER ==
          ROOMCAST_VERSION_MAJOR * 10000 + ROOMCAST_VERSION_MINOR * 100 + ROOMCAST_VERSION_PATCH);
    CHECK(strcmp(roomcast_version(), ROOMCAST_VERSION) == 0);
}

static void names_of_statuses(void) {
    CHECK(strcmp(roomcast_status_name(ROOMCAST_OK), "ok") == 0);
    CHECK(strcmp(roomcast_status_name(ROOMCAST_INVALID_REQUEST), "invalid_request") == 0);
    CHECK(strcmp(roomcast_status_name(ROOMCAST_INTERNAL), "internal") == 0);
    CHECK(strcmp(roomcast_status_name(ROOMCAST_INVALID_BODY), "invalid_body") == 0);
    CHECK(strcmp(roomcast_status_name(ROOMCAST_QUEUE_FULL), "queue_full") == 0);
    CHECK(strcmp(roomcast_status_name(ROOMCAST_QUEUE_FULL + 1), "") == 0);
    CHECK(strcmp(roomcast_status_name(-1), "") == 0);
    CHECK(strcmp(roomcast_status_name(INT_MAX), "") == 0);
}

static void accessors_accept_null(void) {
    int64_t code = 7;
    CHECK(roomcast_error_kind(NULL) == ROOMCAST_OK);
    CHECK(strcmp(roomcast_error_kind_name(NULL), "ok") == 0);
    CHECK(roomcast_error_outcome(NULL) == ROOMCAST_OUTCOME_NONE);
    CHECK(strcmp(roomcast_error_outcome_name(NULL), "") == 0);
    CHECK(strcmp(roomcast_error_message(NULL), "") == 0);
    CHECK(roomcast_error_http_status(NULL) == 0);
    CHECK(!roomcast_error_server_code(NULL, &code) && code == 7);
    CHECK(!roomcast_error_server_code(NULL, NULL));
    CHECK(roomcast_error_server_message(NULL) == NULL);
    CHECK(roomcast_error_detail_count(NULL) == 0);
    CHECK(roomcast_error_detail(NULL, 0) == NULL);
    CHECK(roomcast_error_retry_after_ms(NULL) == -1);
    CHECK(roomcast_error_attempts(NULL) == 0);
    CHECK(strcmp(roomcast_send_result_message(NULL), "") == 0);
    CHECK(roomcast_send_result_attempts(NULL) == 0);
}

static void freeing_and_closing_null(void) {
    roomcast_error_free(NULL);
    roomcast_send_result_free(NULL);
    roomcast_client_close(NULL);
    roomcast_client_free(NULL);
}

static void a_client_with_options_omitted(void) {
    roomcast_client_options options = ROOMCAST_CLIENT_OPTIONS_INIT;
    roomcast_client *client = NULL;
    EXPECT_NO_CLIENT(NULL, "no credentials");
    EXPECT_NO_CLIENT(&options, "no credentials");
    setenv("HMS_ACCESS_KEY", "key", 1);
    setenv("HMS_SECRET", SECRET, 1);
    CHECK(roomcast_client_new(NULL, &client, NULL) == ROOMCAST_OK);
    roomcast_client_free(client);
    CHECK(roomcast_client_new(&options, &client, NULL) == ROOMCAST_OK);
    roomcast_client_free(client);
    unsetenv("HMS_ACCESS_KEY");
    unsetenv("HMS_SECRET");
}

static void a_client_without_an_output_pointer(void) {
    roomcast_client_options options = good_options();
    roomcast_error *error = NULL;
    CHECK(roomcast_client_new(&options, NULL, &error) == ROOMCAST_CONFIGURATION);
    EXPECT(error, ROOMCAST_CONFIGURATION, "NULL");
    CHECK(roomcast_client_new(NULL, NULL, NULL) == ROOMCAST_CONFIGURATION);
}

static void the_size_of_client_options(void) {
    /* That of the first version ended with retry_unknown. */
    const uint32_t first = offsetof(roomcast_client_options, retry_unknown) + sizeof(uint32_t);
    const uint32_t wrong[] = {0, 1, first - 1, 4097, UINT32_MAX};
    struct {
        roomcast_client_options known;
        unsigned char later[4096 - sizeof(roomcast_client_options)];
    } options;
    roomcast_client *client = NULL;
    size_t i;
    memset(&options, 0, sizeof options);
    options.known = good_options();
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        options.known.struct_size = wrong[i];
        EXPECT_NO_CLIENT(&options.known, "client_options has a struct_size that is not valid");
    }
    options.known.struct_size = sizeof options;
    CHECK(roomcast_client_new(&options.known, &client, NULL) == ROOMCAST_OK);
    roomcast_client_free(client);
    options.later[sizeof options.later - 1] = 1;
    EXPECT_NO_CLIENT(&options.known, "client_options has an option that this version of roomcast does not know");
}

static void client_options_that_are_not_utf8(void) {
    roomcast_client_options options;
    options = good_options(), options.access_key = NOT_UTF8;
    EXPECT_NO_CLIENT(&options, "access_key");
    options = good_options(), options.secret = NOT_UTF8;
    EXPECT_NO_CLIENT(&options, "secret");
    options = good_options(), options.management_token = NOT_UTF8;
    EXPECT_NO_CLIENT(&options, "management_token");
    options = good_options(), options.base_url = NOT_UTF8;
    EXPECT_NO_CLIENT(&options, "base_url");
    options = good_options(), options.ca_file = NOT_UTF8;
    EXPECT_NO_CLIENT(&options, "ca_file");
    options = good_options(), options.proxy = NOT_UTF8;
    EXPECT_NO_CLIENT(&options, "proxy");
}

static void client_options_out_of_range(void) {
    roomcast_client_options options;
    options = good_options(), options.timeout_ms = 3600001;
    EXPECT_NO_CLIENT(&options, "timeout");
    options = good_options(), options.max_attempts = 101;
    EXPECT_NO_CLIENT(&options, "max_attempts");
    options = good_options(), options.max_in_flight = UINT32_MAX;
    EXPECT_NO_CLIENT(&options, "max_in_flight");
    options = good_options(), options.retry_unknown = 2;
    EXPECT_NO_CLIENT(&options, "retry_unknown");
    options = good_options(), options.base_url = "http://api.100ms.live/v2";
    EXPECT_NO_CLIENT(&options, "plain http");
}

static void texts_of_options_may_be_freed(void) {
    roomcast_client_options options = good_options();
    roomcast_client *client = NULL;
    char *secret = malloc(sizeof SECRET);
    if (secret == NULL) {
        abort();
    }
    strcpy(secret, SECRET);
    options.secret = secret;
    CHECK(roomcast_client_new(&options, &client, NULL) == ROOMCAST_OK);
    free(secret);
    CHECK(roomcast_broadcast(client, "r", MESSAGE, NULL, NULL) == ROOMCAST_CONNECTION);
    roomcast_client_free(client);
}

/* Every combination of NULL pointers returns a status, never crashes, and sends nothing if a required argument is NULL. */
static void null_everywhere_in_sends(void) {
    roomcast_client *client = good_client();
    roomcast_send_options to = ROOMCAST_SEND_OPTIONS_INIT, everyone = ROOMCAST_SEND_OPTIONS_INIT;
    unsigned mask;
    everyone.audience = ROOMCAST_AUDIENCE_EVERYONE;
    for (mask = 0; mask < 64; mask++) {
        const roomcast_client *with = mask & 1 ? NULL : client;
        const char *room_id = mask & 2 ? NULL : "r", *target = mask & 4 ? NULL : "t";
        const char *message = mask & 8 ? NULL : MESSAGE;
        const roomcast_send_options *options = mask & 16 ? NULL : &to;
        roomcast_error *error = NULL, **output = mask & 32 ? NULL : &error;
        roomcast_status lacking = mask & 1              ? ROOMCAST_CONFIGURATION
                                  : mask & (2 | 8)      ? ROOMCAST_INVALID_REQUEST
                                                        : ROOMCAST_CONNECTION;
        roomcast_status targeted = lacking == ROOMCAST_CONNECTION && mask & 4 ? ROOMCAST_INVALID_REQUEST : lacking;
        CHECK(roomcast_send_message(with, room_id, message, options == NULL ? NULL : &everyone, output) == lacking);
        CHECK(roomcast_error_kind(error) == (output == NULL ? ROOMCAST_OK : lacking));
        roomcast_error_free(error);
        CHECK(roomcast_broadcast(with, room_id, message, options, output) == lacking);
        roomcast_error_free(error);
        CHECK(roomcast_send_to_peer(with, room_id, target, message, options, output) == targeted);
        roomcast_error_free(error);
        CHECK(roomcast_send_to_role(with, room_id, target, message, options, output) == targeted);
        roomcast_error_free(error);
    }
    roomcast_client_free(client);
}

static void a_target_that_is_null_or_blank_reaches_nobody(void) {
    static const char *const blank[] = {NULL, "", " \t", "\xe2\x80\x8b"};
    roomcast_client *client = good_client();
    roomcast_error *error = NULL;
    size_t i;
    for (i = 0; i < sizeof blank / sizeof *blank; i++) {
        roomcast_send_options to = ROOMCAST_SEND_OPTIONS_INIT;
        CHECK(roomcast_send_to_peer(client, "r", blank[i], MESSAGE, NULL, &error) == ROOMCAST_INVALID_REQUEST);
        EXPECT(error, ROOMCAST_INVALID_REQUEST, "peer_id is");
        CHECK(roomcast_send_to_role(client, "r", blank[i], MESSAGE, NULL, &error) == ROOMCAST_INVALID_REQUEST);
        EXPECT(error, ROOMCAST_INVALID_REQUEST, "role is");
        if (blank[i] != NULL) {
            to.role = blank[i];
            CHECK(roomcast_send_message(client, "r", MESSAGE, &to, &error) == ROOMCAST_INVALID_REQUEST);
            EXPECT(error, ROOMCAST_INVALID_REQUEST, "role is blank");
            to.peer_id = blank[i];
            CHECK(roomcast_send_message(client, "r", MESSAGE, &to, &error) == ROOMCAST_INVALID_REQUEST);
            EXPECT(error, ROOMCAST_INVALID_REQUEST, "peer_id is blank");
        }
    }
    roomcast_client_free(client);
}

static void helpers_take_no_second_target(void) {
    roomcast_client *client = good_client();
    roomcast_send_options peer = ROOMCAST_SEND_OPTIONS_INIT, role = ROOMCAST_SEND_OPTIONS_INIT;
    roomcast_error *error = NULL;
    peer.peer_id = role.role = "other";
    CHECK(roomcast_broadcast(client, "r", MESSAGE, &peer, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "peer_id");
    CHECK(roomcast_send_to_peer(client, "r", "p", MESSAGE, &role, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "role");
    CHECK(roomcast_send_to_role(client, "r", "host", MESSAGE, &peer, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "peer_id");
    roomcast_client_free(client);
}

static void arguments_that_are_not_utf8(void) {
    roomcast_client *client = good_client();
    roomcast_send_options to = ROOMCAST_SEND_OPTIONS_INIT;
    roomcast_error *error = NULL;
    CHECK(roomcast_broadcast(client, NOT_UTF8, MESSAGE, NULL, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "room_id");
    CHECK(roomcast_broadcast(client, "r", NOT_UTF8, NULL, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "message");
    CHECK(roomcast_send_to_peer(client, "r", NOT_UTF8, MESSAGE, NULL, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "peer_id");
    CHECK(roomcast_send_to_role(client, "r", NOT_UTF8, MESSAGE, NULL, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "role");
    to.peer_id = NOT_UTF8;
    CHECK(roomcast_send_message(client, "r", MESSAGE, &to, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "peer_id");
    to.peer_id = "p", to.role = NOT_UTF8;
    CHECK(roomcast_send_message(client, "r", MESSAGE, &to, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "role");
    to.role = NULL, to.type = NOT_UTF8;
    CHECK(roomcast_send_message(client, "r", MESSAGE, &to, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "type");
    roomcast_client_free(client);
}

static void the_size_of_send_options(void) {
    static const uint32_t wrong[] = {0, 1, offsetof(roomcast_send_options, format) - 1, 4097, UINT32_MAX};
    struct {
        roomcast_send_options known;
        unsigned char later[4096 - sizeof(roomcast_send_options)];
    } to;
    roomcast_client *client = good_client();
    roomcast_error *error = NULL;
    roomcast_send_result *send_result = (roomcast_send_result *)&to; /* must be overwritten */
    size_t i;
    memset(&to, 0, sizeof to);
    to.known.struct_magic = ROOMCAST_SEND_OPTIONS_MAGIC;
    to.known.audience = ROOMCAST_AUDIENCE_EVERYONE;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        to.known.struct_size = wrong[i];
        CHECK(roomcast_send_message(client, "r", MESSAGE, &to.known, &error) == ROOMCAST_INVALID_REQUEST);
        EXPECT(error, ROOMCAST_INVALID_REQUEST, "send_options has a struct_size that is not valid");
    }
    to.known.struct_size = sizeof to;
    CHECK(roomcast_send_message(client, "r", MESSAGE, &to.known, NULL) == ROOMCAST_CONNECTION);
    to.later[0] = 1;
    to.known.send_result = &send_result;
    CHECK(roomcast_send_message(client, "r", MESSAGE, &to.known, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "send_options has an option that this version of roomcast does not know");
    CHECK(send_result == NULL);
    roomcast_client_free(client);
}

/* A buffer that is not an option struct, passed as one. */
static void memory_that_is_not_an_option_struct(void) {
    static union {
        unsigned char bytes[4096];
        roomcast_client_options client;
        roomcast_send_options send;
        roomcast_list_options list;
        roomcast_query_options query;
    } memory;
    roomcast_client *client = good_client();
    roomcast_error *error = NULL;
    roomcast_peers *peers = NULL;
    roomcast_room *room = NULL;
    size_t place;
    unsigned byte;
    roomcast_client_options other = ROOMCAST_CLIENT_OPTIONS_INIT;
    for (place = 0; place < 16; place++) {
        for (byte = 0; byte < 256; byte++) {
            memory.bytes[place] = (unsigned char)byte;
            CHECK(roomcast_send_message(client, "r", MESSAGE, &memory.send, &error) == ROOMCAST_INVALID_REQUEST);
            EXPECT(error, ROOMCAST_INVALID_REQUEST,
                   "send_options is not initialised. Nothing was sent. Initialise it with ROOMCAST_SEND_OPTIONS_INIT.");
        }
        memory.bytes[place] = 0;
    }
    memory.bytes[0] = sizeof(roomcast_list_options);
    CHECK(roomcast_list_peers(client, "r", &memory.list, &peers, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "list_options is not initialised");
    memory.bytes[0] = sizeof(roomcast_query_options);
    CHECK(roomcast_get_room(client, "r", &memory.query, &room, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "query_options is not initialised");
    memory.bytes[0] = sizeof(roomcast_client_options);
    EXPECT_NO_CLIENT(&memory.client, "client_options is not initialised");

    /* One struct in place of another. */
    memory.client = other;
    CHECK(roomcast_broadcast(client, "r", MESSAGE, &memory.send, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "send_options is not initialised");
    roomcast_client_free(client);
}

static char *text_of(size_t length) {
    char *text = malloc(length + 1);
    if (text == NULL) {
        abort();
    }
    memset(text, 'x', length);
    text[length] = '\0';
    return text;
}

static void texts_at_and_over_their_limit(void) {
    roomcast_client *client = good_client();
    roomcast_error *error = NULL;
    char *most = text_of(1024 * 1024), *more = text_of(1024 * 1024 + 1);
    CHECK(roomcast_broadcast(client, "r", most, NULL, NULL) == ROOMCAST_CONNECTION);
    CHECK(roomcast_broadcast(client, "r", more, NULL, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "message has more than 1048576 bytes");
    CHECK(roomcast_broadcast(client, more, MESSAGE, NULL, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "room_id");
    CHECK(roomcast_send_to_peer(client, "r", more, MESSAGE, NULL, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "peer_id");
    free(most);
    free(more);
    roomcast_client_free(client);
}

/* The previous value of an output pointer is overwritten, neither read nor freed. */
static void stale_outputs_are_overwritten(void) {
    roomcast_client_options options = good_options();
    roomcast_send_options to = ROOMCAST_SEND_OPTIONS_INIT;
    roomcast_client *client = NULL;
    roomcast_error *error = NULL, *freed;
    roomcast_send_result *send_result = (roomcast_send_result *)&options;

    CHECK(roomcast_client_new(NULL, NULL, &error) == ROOMCAST_CONFIGURATION);
    CHECK(error != NULL);
    freed = error;
    roomcast_error_free(error);
    error = freed; /* stale now */
    CHECK(roomcast_client_new(&options, &client, &error) == ROOMCAST_OK);
    CHECK(error == NULL);

    error = (roomcast_error *)&options;
    to.send_result = &send_result;
    to.audience = ROOMCAST_AUDIENCE_EVERYONE;
    CHECK(roomcast_send_message(client, "r", NULL, &to, &error) == ROOMCAST_INVALID_REQUEST);
    CHECK(send_result == NULL);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "message is null");

    send_result = (roomcast_send_result *)&options;
    CHECK(roomcast_send_message(NULL, "r", "hi", &to, NULL) == ROOMCAST_CONFIGURATION);
    CHECK(send_result == NULL);
    roomcast_client_free(client);
}

static void every_property_of_an_error(void) {
    roomcast_client_options options = good_options();
    roomcast_client *client = NULL;
    roomcast_error *error = NULL;
    int64_t code = 7;
    options.max_attempts = 2;
    CHECK(roomcast_client_new(&options, &client, NULL) == ROOMCAST_OK);
    CHECK(roomcast_broadcast(client, "r", MESSAGE, NULL, &error) == ROOMCAST_CONNECTION);
    roomcast_client_free(client); /* errors outlive their client */
    CHECK(strcmp(roomcast_error_kind_name(error), "connection") == 0);
    CHECK(strcmp(roomcast_error_outcome_name(error), "not_sent") == 0);
    CHECK(strncmp(roomcast_error_message(error), "connection: ", 12) == 0);
    CHECK(roomcast_error_http_status(error) == 0);
    CHECK(!roomcast_error_server_code(error, &code) && code == 7);
    CHECK(roomcast_error_server_message(error) == NULL);
    CHECK(roomcast_error_detail_count(error) == 0);
    CHECK(roomcast_error_detail(error, 0) == NULL && roomcast_error_detail(error, SIZE_MAX) == NULL);
    CHECK(roomcast_error_retry_after_ms(error) == -1);
    CHECK(roomcast_error_attempts(error) == 2);
    EXPECT(error, ROOMCAST_CONNECTION, "Nothing was sent.");
}

static void use_after_close(void) {
    roomcast_client *client = good_client();
    roomcast_error *error = NULL;
    roomcast_client_close(client);
    roomcast_client_close(client);
    CHECK(roomcast_broadcast(client, "r", MESSAGE, NULL, &error) == ROOMCAST_CONFIGURATION);
    EXPECT(error, ROOMCAST_CONFIGURATION, "the client is closed");
    roomcast_client_free(client);
}

int main(void) {
    static const char *const ours[] = {"HMS_ACCESS_KEY", "HMS_SECRET",  "HMS_MANAGEMENT_TOKEN", "HMS_BASE_URL",
                                       "HTTPS_PROXY",    "https_proxy", "NO_PROXY",             "no_proxy"};
    size_t i;
    for (i = 0; i < sizeof ours / sizeof *ours; i++) {
        unsetenv(ours[i]);
    }
    run("version", version);
    run("names of statuses", names_of_statuses);
    run("accessors accept NULL", accessors_accept_null);
    run("freeing and closing NULL", freeing_and_closing_null);
    run("a client with options omitted", a_client_with_options_omitted);
    run("a client without an output pointer", a_client_without_an_output_pointer);
    run("the size of client options", the_size_of_client_options);
    run("client options that are not UTF-8", client_options_that_are_not_utf8);
    run("client options out of range", client_options_out_of_range);
    run("texts of options may be freed", texts_of_options_may_be_freed);
    run("NULL everywhere in sends", null_everywhere_in_sends);
    run("a target that is NULL or blank reaches nobody", a_target_that_is_null_or_blank_reaches_nobody);
    run("helpers take no second target", helpers_take_no_second_target);
    run("arguments that are not UTF-8", arguments_that_are_not_utf8);
    run("the size of send options", the_size_of_send_options);
    run("memory that is not an option struct", memory_that_is_not_an_option_struct);
    run("texts at and over their limit", texts_at_and_over_their_limit);
    run("stale outputs are overwritten", stale_outputs_are_overwritten);
    run("every property of an error", every_property_of_an_error);
    run("use after close", use_after_close);
    return finish();
}
