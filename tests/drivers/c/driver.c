/*
 * The driver for C; ../README.md says what a driver is. C has no JSON parser, so this driver reads lines:
 *
 *     client.access_key k            one line for each client option
 *     client.timeout_ms 5000
 *     call send_message              then one line for each argument
 *     room_id r
 *     message hi
 *     option.peer_id p1
 *     option.timeout_ms 300
 *     format chat                    unless the message is text: json, chat, event, reaction
 *     sender_id p1                   of a reaction
 *     target p1                      of send_to_peer, send_to_role and send_to_user
 *     end
 *     call send_to_peers
 *     targets 2                      a list, and one line for each element; a NULL if it is no number
 *     target p1
 *     target p2
 *     end
 *     call send_many
 *     option.rate 50
 *     option.max_in_flight 8
 *     cancel_after 3                 results
 *     items_raise_after 2            items
 *     item                           then one line for each argument of the item; none if it is no object
 *     room_id r
 *     message hi
 *     option.peer_id p1
 *     end
 *     call send_many
 *     count 1000                     instead of items: broadcasts of text.0, text.1, ...
 *     room_id r
 *     message text
 *     end
 *     call drain
 *     count 40                       broadcasts of text.0, text.1, ...
 *     drain_ms 1000
 *     room_id r
 *     message text
 *     end
 *     call close
 *     end
 *     call read_webhook
 *     webhooks.secret s
 *     given s
 *     body %7B%7D                    any bytes
 *     end
 *
 * A space separates key and value; the value is percent-encoded. "%null" stands for null, "%other" for a value of another
 * type than the option's. What C cannot express is mapped:
 *
 *     null for a peer or a role      NULL in options that do not say who receives the message
 *     null for a peer, and a role    roomcast_send_to_peer with NULL
 *     null for a filter of peers     roomcast_list_peers_of_user, roomcast_list_peers_of_role with NULL
 *     another type, or null for      bytes that are not UTF-8
 *       any other text
 *     an unknown option              a larger struct_size, and a non-zero byte after the known members
 *     a number that is not           UINT32_MAX
 *       from 1 to UINT32_MAX
 *     a rate that is no number, or 0 NAN
 *     items that raise               a `next` that ends the items
 */
#define _POSIX_C_SOURCE 200809L /* nanosleep, threads, fork */

#include <roomcast.h>

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifndef _WIN32
#include <sys/wait.h>
#include <unistd.h>
#endif

static const char NOT_UTF8[] = "\xff\xfe";

/* A value of the input. */
typedef struct {
    enum { OMITTED, TEXT, NULL_VALUE, OTHER } is;
    char *text; /* of TEXT */
    size_t size;
} value;

typedef struct call_arguments {
    char method[32];
    value room_id, message, target, peer_id, role, type, format, sender_id;
    value timeout_ms, max_attempts, retry_unknown;
    value secret, header, body; /* of read_webhook */
    value user_id;             /* of list_peers */
    int has_unknown;
    unsigned threads, each; /* of burst and fork */
    int32_t drain_ms;       /* of drain */
    const char **list;      /* of several recipients; NULL if they are no list */
    value *elements;
    size_t element_count;
    value rate, max_in_flight; /* of send_many */
    struct call_arguments *items;
    size_t item_count;
    value cancel_after, items_raise_after;
    unsigned count; /* of drain; of send_many, 0 if there are items */
} call_arguments;

/* Options with an additional member, as in a later version. */
typedef struct {
    roomcast_client_options known;
    uint64_t unknown;
} later_client_options;

typedef struct {
    roomcast_send_options known;
    uint64_t unknown;
} later_send_options;

typedef struct {
    roomcast_list_options known;
    uint64_t unknown;
} later_list_options;

typedef struct {
    roomcast_query_options known;
    uint64_t unknown;
} later_query_options;

typedef struct {
    roomcast_many_options known;
    uint64_t unknown;
} later_many_options;

static void *reallocate(void *memory, size_t size) {
    memory = realloc(memory, size);
    if (memory == NULL) {
        fputs("driver: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

static void fail(const char *why, const char *what) {
    fprintf(stderr, "driver: %s: %s\n", why, what);
    exit(1);
}

/* Reads a line of any length, without its line feed; NULL at the end of the input. */
static char *read_line(char **line, size_t *size) {
    size_t used = 0;
    int c;
    while ((c = getchar()) != EOF && c != '\n') {
        if (used + 2 > *size) {
            *size = *size * 2 + 256;
            *line = reallocate(*line, *size);
        }
        (*line)[used++] = (char)c;
    }
    if (c == EOF && used == 0) {
        return NULL;
    }
    if (*line == NULL) {
        *size = 256;
        *line = reallocate(NULL, *size);
    }
    (*line)[used] = '\0';
    return *line;
}

/* Splits a line at its first space: terminates the key, and returns the value, "" if there is none. */
static char *split(char *line) {
    char *space = strchr(line, ' ');
    if (space == NULL) {
        return line + strlen(line);
    }
    *space = '\0';
    return space + 1;
}

static int hex(char digit) {
    static const char digits[] = "0123456789abcdef";
    const char *at;
    if (digit >= 'A' && digit <= 'F') {
        digit = (char)(digit - 'A' + 'a');
    }
    at = digit == '\0' ? NULL : strchr(digits, digit);
    return at == NULL ? -1 : (int)(at - digits);
}

static value decode(const char *encoded) {
    value result = {TEXT, NULL, 0};
    char *to;
    if (strcmp(encoded, "%null") == 0) {
        result.is = NULL_VALUE;
        return result;
    }
    if (strcmp(encoded, "%other") == 0) {
        result.is = OTHER;
        return result;
    }
    result.text = reallocate(NULL, strlen(encoded) + 1);
    for (to = result.text; *encoded != '\0'; to++) {
        if (*encoded != '%') {
            *to = *encoded++;
        } else if (hex(encoded[1]) >= 0 && hex(encoded[2]) >= 0) {
            *to = (char)(hex(encoded[1]) * 16 + hex(encoded[2]));
            encoded += 3;
        } else {
            fail("bad percent-encoding", encoded);
        }
    }
    *to = '\0';
    result.size = (size_t)(to - result.text);
    return result;
}

static const char *as_text(const value *input) {
    switch (input->is) {
    case OMITTED: return NULL;
    case TEXT: return input->text;
    default: return NOT_UTF8;
    }
}

/* For an argument that may be NULL itself. */
static const char *as_argument(const value *input) {
    return input->is == NULL_VALUE ? NULL : as_text(input);
}

static uint32_t as_number(const value *input) {
    const char *at = input->is == TEXT ? input->text : "";
    unsigned long long number = 0;
    if (*at == '\0') {
        return UINT32_MAX;
    }
    for (; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || number > UINT32_MAX) {
            return UINT32_MAX;
        }
        number = number * 10 + (unsigned)(*at - '0');
    }
    return number == 0 || number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
}

static uint32_t as_boolean(const value *input) {
    if (input->is == TEXT && (strcmp(input->text, "true") == 0 || strcmp(input->text, "1") == 0)) {
        return 1;
    }
    return input->is == TEXT && (strcmp(input->text, "false") == 0 || strcmp(input->text, "0") == 0) ? 0
                                                                                                    : UINT32_MAX;
}

/* For the options of a call: the client's, unless it is given. */
static uint32_t as_call_number(const value *input) {
    return input->is == OMITTED ? 0 : as_number(input);
}

static uint32_t as_switch(const value *input) {
    if (input->is == OMITTED) {
        return ROOMCAST_SWITCH_DEFAULT;
    }
    switch (as_boolean(input)) {
    case 1: return ROOMCAST_SWITCH_ON;
    case 0: return ROOMCAST_SWITCH_OFF;
    default: return UINT32_MAX;
    }
}

static double as_rate(const value *input) {
    char *end;
    double rate;
    if (input->is != TEXT) {
        return input->is == OMITTED ? 0 : NAN;
    }
    rate = strtod(input->text, &end);
    return *end != '\0' || end == input->text || rate == 0 ? NAN : rate;
}

static uint32_t as_format(const value *input) {
    static const char *const names[] = {"text", "json", "chat", "event", "reaction"};
    uint32_t format;
    for (format = 0; input->is == TEXT && format < sizeof names / sizeof *names; format++) {
        if (strcmp(input->text, names[format]) == 0) {
            return format;
        }
    }
    return input->is == OMITTED ? ROOMCAST_FORMAT_TEXT : UINT32_MAX;
}

/* --- output: lines of JSON --- */

/* Where they are written: to stdout, but for what is printed later. */
static FILE *out;

static void print_text(const char *text) {
    if (text == NULL) {
        fputs("null", out);
        return;
    }
    putc('"', out);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            fprintf(out, "\\%c", c);
        } else if (c < 0x20 || c == 0x7f) {
            fprintf(out, "\\u%04x", c);
        } else {
            putc(c, out);
        }
    }
    putc('"', out);
}

static void print_error(const roomcast_error *error) {
    int64_t code = 0, wait = roomcast_error_retry_after_ms(error);
    uint16_t status = roomcast_error_http_status(error);
    size_t i, count = roomcast_error_detail_count(error);
    fputs("\"error\": {\"kind\": ", out);
    print_text(roomcast_error_kind_name(error));
    fputs(", \"outcome\": ", out);
    print_text(roomcast_error_outcome_name(error));
    fputs(", \"status\": ", out);
    if (status == 0) {
        fputs("null", out);
    } else {
        fprintf(out, "%u", (unsigned)status);
    }
    fputs(", \"code\": ", out);
    if (roomcast_error_server_code(error, &code)) {
        fprintf(out, "%" PRId64, code);
    } else {
        fputs("null", out);
    }
    fputs(", \"server_message\": ", out);
    print_text(roomcast_error_server_message(error));
    fputs(", \"details\": [", out);
    for (i = 0; i < count; i++) {
        fputs(i == 0 ? "" : ", ", out);
        print_text(roomcast_error_detail(error, i));
    }
    fputs("], \"retry_after\": ", out);
    if (wait < 0) {
        fputs("null", out);
    } else {
        fprintf(out, "%" PRId64 ".%03" PRId64, wait / 1000, wait % 1000);
    }
    fputs(", \"request_id\": ", out);
    print_text(roomcast_error_request_id(error));
    fprintf(out, ", \"attempts\": %" PRIu32 ", \"text\": ", roomcast_error_attempts(error));
    print_text(roomcast_error_message(error));
    fputs(", \"debug\": \"\"}", out);
}

static void print_outcome(const roomcast_send_result *send_result, const roomcast_error *error) {
    if (error != NULL) {
        print_error(error);
        return;
    }
    fputs("\"send_result\": {\"message\": ", out);
    print_text(roomcast_send_result_message(send_result));
    fprintf(out, ", \"attempts\": %" PRIu32, roomcast_send_result_attempts(send_result));
    if (roomcast_send_result_request_id(send_result) != NULL) {
        fputs(", \"request_id\": ", out);
        print_text(roomcast_send_result_request_id(send_result));
    }
    putc('}', out);
}

/* Prints one complete line, from any thread. `of` names the message if there are many, else it is NULL. */
static void print_result(const char *of, const roomcast_send_result *send_result, const roomcast_error *error) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    fputs(of == NULL ? "{" : "{\"of\": ", stdout);
    if (of != NULL) {
        print_text(of);
        fputs(", ", stdout);
    }
    print_outcome(send_result, error);
    fputs("}\n", stdout);
    fflush(stdout);
    pthread_mutex_unlock(&lock);
}

/* --- input --- */

static void client_option(const char *name, const value *input, later_client_options *options) {
    roomcast_client_options *known = &options->known;
    if (strcmp(name, "access_key") == 0) {
        known->access_key = as_text(input);
    } else if (strcmp(name, "secret") == 0) {
        known->secret = as_text(input);
    } else if (strcmp(name, "management_token") == 0) {
        known->management_token = as_text(input);
    } else if (strcmp(name, "base_url") == 0) {
        known->base_url = as_text(input);
    } else if (strcmp(name, "ca_file") == 0) {
        known->ca_file = as_text(input);
    } else if (strcmp(name, "proxy") == 0) {
        known->proxy = as_text(input);
    } else if (strcmp(name, "insecure_http_host") == 0) {
        known->insecure_http_host = as_text(input);
    } else if (strcmp(name, "only_sandbox") == 0) {
        known->only_sandbox = as_boolean(input);
    } else if (strcmp(name, "timeout_ms") == 0) {
        known->timeout_ms = as_number(input);
    } else if (strcmp(name, "max_attempts") == 0) {
        known->max_attempts = as_number(input);
    } else if (strcmp(name, "max_in_flight") == 0) {
        known->max_in_flight = as_number(input);
    } else if (strcmp(name, "retry_unknown") == 0) {
        known->retry_unknown = as_boolean(input);
    } else {
        options->unknown = 1;
    }
}

static void sleep_ms(long milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    nanosleep(&time, NULL);
}

static void call_argument(const char *name, value input, call_arguments *call) {
    value *argument = NULL;
    if (strcmp(name, "room_id") == 0) {
        argument = &call->room_id;
    } else if (strcmp(name, "message") == 0) {
        argument = &call->message;
    } else if (strcmp(name, "target") == 0) {
        argument = &call->target;
    } else if (strcmp(name, "option.peer_id") == 0) {
        argument = &call->peer_id;
    } else if (strcmp(name, "option.role") == 0) {
        argument = &call->role;
    } else if (strcmp(name, "option.user_id") == 0) {
        argument = &call->user_id;
    } else if (strcmp(name, "option.type") == 0) {
        argument = &call->type;
    } else if (strcmp(name, "option.timeout_ms") == 0) {
        argument = &call->timeout_ms;
    } else if (strcmp(name, "option.max_attempts") == 0) {
        argument = &call->max_attempts;
    } else if (strcmp(name, "option.retry_unknown") == 0) {
        argument = &call->retry_unknown;
    } else if (strcmp(name, "option.rate") == 0) {
        argument = &call->rate;
    } else if (strcmp(name, "option.max_in_flight") == 0) {
        argument = &call->max_in_flight;
    } else if (strcmp(name, "format") == 0) {
        argument = &call->format;
    } else if (strcmp(name, "sender_id") == 0) {
        argument = &call->sender_id;
    } else if (strcmp(name, "cancel_after") == 0) {
        argument = &call->cancel_after;
    } else if (strcmp(name, "items_raise_after") == 0) {
        argument = &call->items_raise_after;
    } else if (strcmp(name, "webhooks.secret") == 0) {
        argument = &call->secret;
    } else if (strcmp(name, "given") == 0) {
        argument = &call->header;
    } else if (strcmp(name, "body") == 0) {
        argument = &call->body;
    } else if (strncmp(name, "option.", 7) == 0) {
        call->has_unknown = 1;
        free(input.text);
        return;
    } else {
        fail("unknown argument", name);
    }
    free(argument->text);
    *argument = input;
}

/* Begins a list of targets. */
static void begin_list(call_arguments *call, const char *length) {
    if (*length >= '0' && *length <= '9') {
        call->list = reallocate(call->list, sizeof *call->list);
    }
}

/* Appends an element to a list of targets. */
static void add_element(call_arguments *call, value element) {
    size_t count = call->element_count + 1;
    call->elements = reallocate(call->elements, count * sizeof *call->elements);
    call->list = reallocate(call->list, count * sizeof *call->list);
    call->elements[count - 1] = element;
    call->list[count - 1] = as_argument(&element);
    call->element_count = count;
}

/* Appends an item without arguments to those of send_many. */
static void add_item(call_arguments *call) {
    call->items = reallocate(call->items, (call->item_count + 1) * sizeof *call->items);
    memset(&call->items[call->item_count++], 0, sizeof *call->items);
}

static void reset(call_arguments *call) {
    size_t i;
    for (i = 0; i < call->element_count; i++) {
        free(call->elements[i].text);
    }
    for (i = 0; i < call->item_count; i++) {
        reset(&call->items[i]);
    }
    free(call->elements);
    free(call->list);
    free(call->items);
    free(call->rate.text);
    free(call->max_in_flight.text);
    free(call->cancel_after.text);
    free(call->items_raise_after.text);
    free(call->room_id.text);
    free(call->message.text);
    free(call->target.text);
    free(call->peer_id.text);
    free(call->role.text);
    free(call->type.text);
    free(call->format.text);
    free(call->sender_id.text);
    free(call->timeout_ms.text);
    free(call->max_attempts.text);
    free(call->retry_unknown.text);
    free(call->user_id.text);
    free(call->secret.text);
    free(call->header.text);
    free(call->body.text);
    memset(call, 0, sizeof *call);
}

/* Sets the options of a send. */
static void send_options(const call_arguments *call, later_send_options *options) {
    roomcast_send_options *to = &options->known;
    if (call->has_unknown || call->rate.is != OMITTED || call->max_in_flight.is != OMITTED) {
        to->struct_size = sizeof *options;
        options->unknown = 1;
    }
    to->peer_id = as_argument(&call->peer_id);
    to->role = as_argument(&call->role);
    to->type = as_text(&call->type);
    to->format = as_format(&call->format);
    to->sender_id = as_text(&call->sender_id);
    to->timeout_ms = as_call_number(&call->timeout_ms);
    to->max_attempts = as_call_number(&call->max_attempts);
    to->retry_unknown = as_switch(&call->retry_unknown);
}

/* Whether a send names no target, not even a NULL. */
static int is_broadcast(const call_arguments *call) {
    return call->peer_id.is == OMITTED && call->role.is == OMITTED;
}

static void make_call(const roomcast_client *client, const call_arguments *call) {
    later_send_options options = {ROOMCAST_SEND_OPTIONS_INIT, 0};
    roomcast_send_options *to = &options.known;
    roomcast_send_result *send_result = NULL;
    roomcast_error *error = NULL;
    roomcast_status status;
    const char *room_id = as_argument(&call->room_id), *message = as_argument(&call->message);
    const char *target = as_argument(&call->target);

    send_options(call, &options);
    to->send_result = &send_result;
    if (strcmp(call->method, "send_message") == 0 && call->peer_id.is == NULL_VALUE && call->role.is == TEXT) {
        to->role = NULL;
        status = roomcast_send_to_peer(client, room_id, NULL, message, to, &error);
    } else if (strcmp(call->method, "send_message") == 0) {
        if (is_broadcast(call)) {
            to->audience = ROOMCAST_AUDIENCE_EVERYONE;
        }
        status = roomcast_send_message(client, room_id, message, to, &error);
    } else if (strcmp(call->method, "send_to_peer") == 0) {
        status = roomcast_send_to_peer(client, room_id, target, message, to, &error);
    } else if (strcmp(call->method, "send_to_role") == 0) {
        status = roomcast_send_to_role(client, room_id, target, message, to, &error);
    } else if (strcmp(call->method, "broadcast") == 0) {
        status = roomcast_broadcast(client, room_id, message, to, &error);
    } else {
        fail("unknown method", call->method);
        return;
    }

    if (status != roomcast_error_kind(error) || (status == ROOMCAST_OK) != (send_result != NULL)) {
        fail("status, error and send_result are inconsistent", roomcast_status_name((int)status));
    }
    print_result(NULL, send_result, error);
    roomcast_send_result_free(send_result);
    roomcast_error_free(error);
}

static void print_field(const char *name, const char *text) {
    printf(", \"%s\": ", name);
    print_text(text);
}

/* --- several recipients, many messages --- */

static void print_recipients(const roomcast_recipients *recipients) {
    static const char *const names[] = {"peer_id", "role", "user_id"};
    size_t i, name, count = roomcast_recipients_count(recipients);
    fputs("{\"recipients\": [", stdout);
    for (i = 0; i < count; i++) {
        const char *texts[3];
        texts[0] = roomcast_recipients_peer_id(recipients, i);
        texts[1] = roomcast_recipients_role(recipients, i);
        texts[2] = roomcast_recipients_user_id(recipients, i);
        fputs(i == 0 ? "{" : ", {", stdout);
        print_outcome(roomcast_recipients_send_result(recipients, i), roomcast_recipients_error(recipients, i));
        for (name = 0; name < 3; name++) {
            if (*texts[name] != '\0') {
                print_field(names[name], texts[name]);
            }
        }
        putchar('}');
    }
    fputs("]}\n", stdout);
    fflush(stdout);
}

/* Whether it is a call for several recipients, which is made. */
static int send_to_several(const roomcast_client *client, const call_arguments *call) {
    later_send_options options = {ROOMCAST_SEND_OPTIONS_INIT, 0};
    const roomcast_send_options *to = &options.known;
    roomcast_recipients *recipients = NULL;
    roomcast_error *error = NULL;
    roomcast_status status;
    const char *room_id = as_argument(&call->room_id), *message = as_argument(&call->message);
    const char *target = as_argument(&call->target), *const *list = call->list;
    size_t count = call->element_count;
    send_options(call, &options);
    if (strcmp(call->method, "send_to_user") == 0) {
        status = roomcast_send_to_user(client, room_id, target, message, to, &recipients, &error);
    } else if (strcmp(call->method, "send_to_users") == 0) {
        status = roomcast_send_to_users(client, room_id, list, count, message, to, &recipients, &error);
    } else if (strcmp(call->method, "send_to_peers") == 0) {
        status = roomcast_send_to_peers(client, room_id, list, count, message, to, &recipients, &error);
    } else if (strcmp(call->method, "send_to_roles") == 0) {
        status = roomcast_send_to_roles(client, room_id, list, count, message, to, &recipients, &error);
    } else {
        return 0;
    }
    if (status != roomcast_error_kind(error) || (status == ROOMCAST_OK) != (recipients != NULL)) {
        fail("status, error and recipients are inconsistent", roomcast_status_name((int)status));
    }
    if (recipients != NULL) {
        print_recipients(recipients);
    } else {
        print_result(NULL, NULL, error);
    }
    roomcast_recipients_free(recipients);
    roomcast_error_free(error);
    return 1;
}

/* Where a result is in the file of results; -1 if there is none. */
typedef struct {
    long from, to;
} place;

typedef struct {
    const call_arguments *call;
    later_send_options options; /* of the item that is taken */
    char *message;              /* likewise, of numbered ones */
    size_t taken, results, limit;
    place *places; /* of each item's result; NULL for numbered ones */
    unsigned by_outcome[1 + ROOMCAST_OUTCOME_UNKNOWN]; /* NONE if accepted */
    int has_raised;
} many;

static int is_reached(const value *limit, size_t count) {
    return limit->is == TEXT && count >= strtoul(limit->text, NULL, 10);
}

static int next_item(void *user_data, roomcast_send_item *item) {
    static const later_send_options omitted = {ROOMCAST_SEND_OPTIONS_INIT, 0};
    many *sent = user_data;
    const call_arguments *call = sent->call, *arguments = call;
    if (is_reached(&call->items_raise_after, sent->taken)) {
        sent->has_raised = 1;
        return 0;
    }
    if (sent->taken == sent->limit) {
        return 0;
    }
    sent->options = omitted;
    if (sent->places == NULL) {
        sprintf(sent->message, "%s.%lu", call->message.text, (unsigned long)sent->taken);
        item->message = sent->message;
    } else {
        arguments = &call->items[sent->taken];
        send_options(arguments, &sent->options);
        item->message = as_argument(&arguments->message);
        item->tag = &sent->places[sent->taken];
    }
    if (is_broadcast(arguments)) {
        sent->options.known.audience = ROOMCAST_AUDIENCE_EVERYONE;
    }
    item->room_id = as_argument(&arguments->room_id);
    item->options = &sent->options.known;
    sent->taken++;
    return 1;
}

static int on_result(void *user_data, const roomcast_item_result *result) {
    many *sent = user_data;
    place *at = result->tag;
    if ((result->send_result == NULL) == (result->error == NULL) || (at != NULL && at->from >= 0)) {
        fail("an item has not one result", roomcast_error_message(result->error));
    }
    if (at != NULL) {
        at->from = ftell(out);
        print_outcome(result->send_result, result->error);
        at->to = ftell(out);
    }
    sent->by_outcome[roomcast_error_outcome(result->error)]++;
    sent->results++;
    return is_reached(&sent->call->cancel_after, sent->results);
}

/* Prints the results in the order of their items. */
static void print_results(const many *sent, FILE *results) {
    size_t i;
    fputs("{\"results\": [", stdout);
    for (i = 0; i < sent->taken; i++) {
        long left = sent->places[i].to - sent->places[i].from;
        fputs(i == 0 ? "{" : ", {", stdout);
        for (fseek(results, sent->places[i].from, SEEK_SET); left > 0; left--) {
            putchar(getc(results));
        }
        putchar('}');
    }
    fputs(sent->has_raised ? "], \"raised\": true}\n" : "]}\n", stdout);
}

static void send_many(const roomcast_client *client, const call_arguments *call) {
    later_many_options options = {ROOMCAST_MANY_OPTIONS_INIT, 0};
    many sent;
    roomcast_error *error = NULL;
    FILE *results = tmpfile();
    size_t i;
    memset(&sent, 0, sizeof sent);
    sent.call = call;
    sent.limit = call->count;
    if (results == NULL) {
        fail("no temporary file", call->method);
    }
    if (call->count == 0) {
        sent.limit = call->item_count;
        sent.places = reallocate(NULL, (sent.limit + 1) * sizeof *sent.places);
        for (i = 0; i < sent.limit; i++) {
            sent.places[i].from = sent.places[i].to = -1;
        }
    } else {
        sent.message = reallocate(NULL, call->message.size + 32);
    }
    if (call->has_unknown || call->timeout_ms.is != OMITTED || call->max_attempts.is != OMITTED || !is_broadcast(call)) {
        options.known.struct_size = sizeof options;
        options.unknown = 1;
    }
    options.known.rate = as_rate(&call->rate);
    options.known.max_in_flight = as_call_number(&call->max_in_flight);
    out = results;
    if (roomcast_send_many(client, next_item, on_result, &sent, &options.known, &error) != roomcast_error_kind(error)) {
        fail("status and error are inconsistent", roomcast_error_message(error));
    }
    out = stdout;
    if (sent.results != sent.taken) {
        fail("an item has no result", call->method);
    }
    if (error != NULL) {
        print_result(NULL, NULL, error);
    } else if (sent.places != NULL) {
        print_results(&sent, results);
    } else {
        printf("{\"results_count\": {\"accepted\": %u, \"not_sent\": %u, \"rejected\": %u, \"unknown\": %u}}\n",
               sent.by_outcome[ROOMCAST_OUTCOME_NONE], sent.by_outcome[ROOMCAST_OUTCOME_NOT_SENT],
               sent.by_outcome[ROOMCAST_OUTCOME_REJECTED], sent.by_outcome[ROOMCAST_OUTCOME_UNKNOWN]);
    }
    fflush(stdout);
    fclose(results);
    free(sent.places);
    free(sent.message);
    roomcast_error_free(error);
}

/* --- webhooks --- */

static void print_milliseconds(const char *name, int64_t milliseconds) {
    if (milliseconds < 0) {
        printf(", \"%s\": null", name);
    } else {
        printf(", \"%s\": %" PRId64, name, milliseconds);
    }
}

static void print_event(const roomcast_event *event) {
    roomcast_known_event kind = roomcast_event_kind(event);
    fputs("{\"event\": {\"id\": ", stdout);
    print_text(roomcast_event_id(event));
    print_field("type", roomcast_event_type(event));
    print_field("version", roomcast_event_version(event));
    print_field("account_id", roomcast_event_account_id(event));
    print_milliseconds("timestamp_ms", roomcast_event_timestamp_ms(event));
    printf(", \"is_replay\": %s", roomcast_event_is_replay(event) ? "true" : "false");
    printf(", \"data\": %s", roomcast_event_data(event));
    if (kind == ROOMCAST_EVENT_PEER_JOINED || kind == ROOMCAST_EVENT_PEER_LEFT) {
        print_field("peer_id", roomcast_event_peer_id(event));
        print_field("room_id", roomcast_event_room_id(event));
        print_field("user_id", roomcast_event_user_id(event));
        print_field("role", roomcast_event_role(event));
        print_field("user_name", roomcast_event_user_name(event));
        print_field("user_data", roomcast_event_user_data(event));
        print_field("peer_type", roomcast_event_peer_type(event));
        print_field("room_name", roomcast_event_room_name(event));
        print_field("session_id", roomcast_event_session_id(event));
        print_field("template_id", roomcast_event_template_id(event));
        print_milliseconds("joined_at_ms", roomcast_event_joined_at_ms(event));
        print_milliseconds("session_started_at_ms", roomcast_event_session_started_at_ms(event));
    }
    if (kind == ROOMCAST_EVENT_PEER_LEFT) {
        print_milliseconds("left_at_ms", roomcast_event_left_at_ms(event));
        print_milliseconds("duration_ms", roomcast_event_duration_ms(event));
        print_field("reason", roomcast_event_reason(event));
    }
    fputs("}}\n", stdout);
    fflush(stdout);
}

static void print_webhook_error(const roomcast_error *error) {
    fputs("{\"webhook_error\": {\"kind\": ", stdout);
    print_text(roomcast_error_kind_name(error));
    printf(", \"status\": %u", (unsigned)roomcast_error_http_status(error));
    print_field("text", roomcast_error_message(error));
    fputs("}}\n", stdout);
    fflush(stdout);
}

static void read_webhook(const call_arguments *call) {
    roomcast_webhooks *webhooks = NULL;
    roomcast_event *event = NULL;
    roomcast_error *error = NULL;
    roomcast_status status;
    if (roomcast_webhooks_new(as_argument(&call->secret), &webhooks, &error) != ROOMCAST_OK) {
        print_result(NULL, NULL, error);
        roomcast_error_free(error);
        return;
    }
    status = roomcast_webhooks_read(webhooks, as_argument(&call->header), call->body.text, call->body.size, &event, &error);
    if (status != roomcast_error_kind(error) || (status == ROOMCAST_OK) != (event != NULL)) {
        fail("status, error and event are inconsistent", roomcast_status_name((int)status));
    }
    if (event != NULL) {
        print_event(event);
    } else {
        print_webhook_error(error);
    }
    roomcast_event_free(event);
    roomcast_error_free(error);
    roomcast_webhooks_free(webhooks);
}

/* --- rooms --- */

static void print_peers(const roomcast_peers *peers) {
    size_t i, count = roomcast_peers_count(peers);
    fputs("{\"peers\": [", stdout);
    for (i = 0; i < count; i++) {
        fputs(i == 0 ? "{\"peer_id\": " : ", {\"peer_id\": ", stdout);
        print_text(roomcast_peers_peer_id(peers, i));
        print_field("name", roomcast_peers_name(peers, i));
        print_field("user_id", roomcast_peers_user_id(peers, i));
        print_field("metadata", roomcast_peers_metadata(peers, i));
        print_field("role", roomcast_peers_role(peers, i));
        print_milliseconds("joined_at_ms", roomcast_peers_joined_at_ms(peers, i));
        putchar('}');
    }
    fputs("]}\n", stdout);
    fflush(stdout);
}

static void list_peers(const roomcast_client *client, const call_arguments *call) {
    later_list_options options = {ROOMCAST_LIST_OPTIONS_INIT, 0};
    roomcast_peers *peers = NULL;
    roomcast_error *error = NULL;
    const char *room_id = as_argument(&call->room_id);
    roomcast_status status;
    if (call->has_unknown) {
        options.known.struct_size = sizeof options;
        options.unknown = 1;
    }
    options.known.user_id = as_argument(&call->user_id);
    options.known.role = as_argument(&call->role);
    options.known.timeout_ms = as_call_number(&call->timeout_ms);
    options.known.max_attempts = as_call_number(&call->max_attempts);
    options.known.retry_unknown = as_switch(&call->retry_unknown);
    if (call->user_id.is == NULL_VALUE) {
        status = roomcast_list_peers_of_user(client, room_id, NULL, &options.known, &peers, &error);
    } else if (call->role.is == NULL_VALUE) {
        status = roomcast_list_peers_of_role(client, room_id, NULL, &options.known, &peers, &error);
    } else {
        status = roomcast_list_peers(client, room_id, &options.known, &peers, &error);
    }
    if (status != roomcast_error_kind(error) || (status == ROOMCAST_OK) != (peers != NULL)) {
        fail("status, error and peers are inconsistent", roomcast_status_name((int)status));
    }
    if (peers != NULL) {
        print_peers(peers);
    } else {
        print_result(NULL, NULL, error);
    }
    roomcast_peers_free(peers);
    roomcast_error_free(error);
}

static void get_room(const roomcast_client *client, const call_arguments *call) {
    later_query_options options = {ROOMCAST_QUERY_OPTIONS_INIT, 0};
    roomcast_room *room = NULL;
    roomcast_error *error = NULL;
    roomcast_status status;
    size_t i;
    if (call->has_unknown || call->user_id.is != OMITTED || call->role.is != OMITTED) {
        options.known.struct_size = sizeof options;
        options.unknown = 1;
    }
    options.known.timeout_ms = as_call_number(&call->timeout_ms);
    options.known.max_attempts = as_call_number(&call->max_attempts);
    options.known.retry_unknown = as_switch(&call->retry_unknown);
    status = roomcast_get_room(client, as_argument(&call->room_id), &options.known, &room, &error);
    if (status != roomcast_error_kind(error) || (status == ROOMCAST_OK) != (room != NULL)) {
        fail("status, error and room are inconsistent", roomcast_status_name((int)status));
    }
    if (room == NULL) {
        print_result(NULL, NULL, error);
        roomcast_error_free(error);
        return;
    }
    fputs("{\"room\": {\"room_id\": ", stdout);
    print_text(roomcast_room_id(room));
    print_field("name", roomcast_room_name(room));
    print_field("customer_id", roomcast_room_customer_id(room));
    print_field("session_id", roomcast_room_session_id(room));
    print_milliseconds("created_at_ms", roomcast_room_created_at_ms(room));
    fputs(", \"peer_ids\": [", stdout);
    for (i = 0; i < roomcast_room_peer_count(room); i++) {
        fputs(i == 0 ? "" : ", ", stdout);
        print_text(roomcast_room_peer_id(room, i));
    }
    fputs("]}}\n", stdout);
    fflush(stdout);
    roomcast_room_free(room);
}

/* --- concurrent sends --- */

typedef struct {
    const roomcast_client *client;
    const char *room_id, *message, *name;
    unsigned each;
} sender;

static void *send_each(void *data) {
    const sender *from = data;
    char *message = reallocate(NULL, strlen(from->message) + strlen(from->name) + 32);
    unsigned i;
    for (i = 0; i < from->each; i++) {
        roomcast_send_options options = ROOMCAST_SEND_OPTIONS_INIT;
        roomcast_send_result *send_result = NULL;
        roomcast_error *error = NULL;
        options.send_result = &send_result;
        sprintf(message, "%s.%s.%u", from->message, from->name, i);
        if (roomcast_broadcast(from->client, from->room_id, message, &options, &error) != ROOMCAST_OK && error == NULL) {
            fail("a failure without an error", message);
        }
        print_result(message, send_result, error);
        roomcast_send_result_free(send_result);
        roomcast_error_free(error);
    }
    free(message);
    return NULL;
}

static void burst(const roomcast_client *client, const call_arguments *call) {
    pthread_t threads[64];
    sender senders[64];
    char names[64][16];
    unsigned i;
    if (call->threads > 64) {
        fail("too many threads", call->method);
    }
    for (i = 0; i < call->threads; i++) {
        sender one = {client, as_argument(&call->room_id), as_argument(&call->message), names[i], call->each};
        sprintf(names[i], "%u", i);
        senders[i] = one;
        if (pthread_create(&threads[i], NULL, send_each, &senders[i]) != 0) {
            fail("cannot start a thread", names[i]);
        }
    }
    for (i = 0; i < call->threads; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("{\"burst\": %u}\n", call->threads * call->each);
    fflush(stdout);
}

#ifdef _WIN32
/* No case with a fork is run there: see `not_on`. */
static void fork_and_send(const roomcast_client *client, const call_arguments *call) {
    (void)client;
    fail("Windows has none", call->method);
}
#else
static void fork_and_send(const roomcast_client *client, const call_arguments *call) {
    sender one = {client, as_argument(&call->room_id), as_argument(&call->message), "parent", call->each};
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        one.name = "child";
        send_each(&one);
        _exit(0);
    }
    send_each(&one);
    waitpid(child, &status, 0);
    printf("{\"fork\": %d}\n", status);
    fflush(stdout);
}
#endif

/* Starts sends into the completion queue, and drains. What has no result by then is not in the lines. */
static void drain(roomcast_client *client, const call_arguments *call) {
    unsigned by_outcome[1 + ROOMCAST_OUTCOME_UNKNOWN] = {0}; /* NONE if accepted */
    char *message = reallocate(NULL, call->message.size + 32);
    roomcast_completion *completion = NULL;
    roomcast_error *error = NULL;
    roomcast_status status;
    int all_ended = 0;
    unsigned i;
    for (i = 0; i < call->count; i++) {
        sprintf(message, "%s.%u", call->message.text, i);
        if (roomcast_broadcast_async(client, as_argument(&call->room_id), message, NULL, NULL, (void *)(uintptr_t)i, NULL,
                                     &error) != ROOMCAST_OK) {
            print_result(message, NULL, error);
            by_outcome[roomcast_error_outcome(error)]++;
            roomcast_error_free(error);
            error = NULL;
        }
    }
    if (roomcast_client_drain(client, call->drain_ms, &all_ended, &error) != ROOMCAST_OK) {
        fail("the client cannot be drained", roomcast_error_message(error));
    }
    while ((status = roomcast_client_next(client, &completion, NULL)) == ROOMCAST_OK && completion != NULL) {
        sprintf(message, "%s.%u", call->message.text, (unsigned)(uintptr_t)roomcast_completion_user_data(completion));
        print_result(message, roomcast_completion_send_result(completion), roomcast_completion_error(completion));
        by_outcome[roomcast_error_outcome(roomcast_completion_error(completion))]++;
        roomcast_completion_free(completion);
    }
    if (status != ROOMCAST_CONFIGURATION) {
        fail("the queue of a drained client does not end", roomcast_status_name((int)status));
    }
    printf("{\"drain\": {\"all_ended\": %s, \"accepted\": %u, \"not_sent\": %u, \"rejected\": %u, \"unknown\": %u}}\n",
           all_ended ? "true" : "false", by_outcome[ROOMCAST_OUTCOME_NONE], by_outcome[ROOMCAST_OUTCOME_NOT_SENT],
           by_outcome[ROOMCAST_OUTCOME_REJECTED], by_outcome[ROOMCAST_OUTCOME_UNKNOWN]);
    fflush(stdout);
    free(message);
}

/* The log goes to stderr, where the runner looks for secrets. */
static void on_log(void *user_data, const roomcast_log_record *record) {
    (void)user_data;
    fprintf(stderr, "log: %s, room %s\n", roomcast_log_record_message(record), roomcast_log_record_room_id(record));
}

int main(void) {
    later_client_options options = {ROOMCAST_CLIENT_OPTIONS_INIT, 0};
    value texts[64];
    size_t i, text_count = 0, size = 0;
    char *line = NULL;
    call_arguments call, *arguments = &call; /* of the call, or of its last item */
    roomcast_client *client = NULL;
    roomcast_error *error = NULL;
    int has_client = 0;
    memset(&call, 0, sizeof call);
    out = stdout;
    if (roomcast_log_set(on_log, NULL, ROOMCAST_LOG_DEBUG, NULL) != ROOMCAST_OK) {
        fail("the log cannot be set", "");
    }

    for (;;) {
        char *rest = NULL, *key = read_line(&line, &size);
        if (key != NULL) {
            rest = split(key);
        }
        if (key != NULL && strncmp(key, "client.", 7) == 0) {
            if (text_count == sizeof texts / sizeof *texts) {
                fail("too many options", key);
            }
            texts[text_count] = decode(rest);
            client_option(key + 7, &texts[text_count], &options);
            text_count++;
            continue;
        }
        if (!has_client) {
            /* The first line that is no client option ends them; so does the end of the input. */
            if (options.unknown != 0) {
                options.known.struct_size = sizeof options;
            }
            if (roomcast_client_new(&options.known, &client, &error) != ROOMCAST_OK) {
                print_result(NULL, NULL, error);
                break;
            }
            fputs("{\"client\": \"\"}\n", stdout);
            fflush(stdout);
            has_client = 1;
        }
        if (key == NULL) {
            break;
        } else if (strcmp(key, "call") == 0) {
            if (strlen(rest) >= sizeof call.method) {
                fail("unknown method", rest);
            }
            strcpy(call.method, rest);
            arguments = &call;
        } else if (strcmp(key, "threads") == 0) {
            call.threads = (unsigned)atol(rest);
        } else if (strcmp(key, "each") == 0) {
            call.each = (unsigned)atol(rest);
        } else if (strcmp(key, "count") == 0) {
            call.count = (unsigned)atol(rest);
        } else if (strcmp(key, "drain_ms") == 0) {
            call.drain_ms = (int32_t)atol(rest);
        } else if (strcmp(key, "targets") == 0) {
            begin_list(&call, rest);
        } else if (strcmp(key, "target") == 0 && call.list != NULL) {
            add_element(&call, decode(rest));
        } else if (strcmp(key, "item") == 0) {
            add_item(&call);
            arguments = &call.items[call.item_count - 1];
        } else if (strcmp(key, "end") == 0 && strcmp(call.method, "send_many") == 0) {
            send_many(client, &call);
            reset(&call);
        } else if (strcmp(key, "end") == 0 && strcmp(call.method, "burst") == 0) {
            burst(client, &call);
            reset(&call);
        } else if (strcmp(key, "end") == 0 && strcmp(call.method, "drain") == 0) {
            drain(client, &call);
            reset(&call);
        } else if (strcmp(key, "end") == 0 && strcmp(call.method, "fork") == 0) {
            fork_and_send(client, &call);
            reset(&call);
        } else if (strcmp(key, "end") == 0 && strcmp(call.method, "read_webhook") == 0) {
            read_webhook(&call);
            reset(&call);
        } else if (strcmp(key, "end") == 0 && strcmp(call.method, "list_peers") == 0) {
            list_peers(client, &call);
            reset(&call);
        } else if (strcmp(key, "end") == 0 && strcmp(call.method, "get_room") == 0) {
            get_room(client, &call);
            reset(&call);
        } else if (strcmp(key, "pause_ms") == 0) {
            sleep_ms(atol(rest));
            fputs("{\"paused\": true}\n", stdout);
            fflush(stdout);
        } else if (strcmp(key, "end") == 0 && strcmp(call.method, "pause") == 0) {
            reset(&call);
        } else if (strcmp(key, "end") != 0) {
            call_argument(key, decode(rest), arguments);
        } else if (strcmp(call.method, "close") == 0) {
            roomcast_client_close(client);
            fputs("{\"closed\": true}\n", stdout);
            fflush(stdout);
            reset(&call);
        } else {
            if (!send_to_several(client, &call)) {
                make_call(client, &call);
            }
            reset(&call);
        }
    }

    if (call.method[0] != '\0') {
        fail("a call without \"end\"", call.method);
    }
    for (i = 0; i < text_count; i++) {
        free(texts[i].text);
    }
    free(line);
    roomcast_error_free(error);
    roomcast_client_free(client);
    return 0;
}
