/* Many messages: each item has its result, exactly one, however wrong it is, and no item stops another. */
#include "closed_port.h"

#include <math.h>

/* The items of a batch, and what became of them. */
typedef struct {
    const roomcast_send_item *items; /* or the same one each time */
    size_t count, distinct;
    size_t cancel_after; /* results; 0 for never */
    int end;             /* what `next` returns at the end */
    size_t taken, results, ahead, ended;
    size_t seen[64]; /* the results of each item; its tag points to its place */
    roomcast_status kinds[64];
} batch;

static int next(void *user_data, roomcast_send_item *item) {
    batch *of = user_data;
    CHECK(item->room_id == NULL && item->message == NULL && item->options == NULL && item->tag == NULL);
    if (of->taken == of->count) {
        of->ended++;
        *item = of->items[0]; /* it must not be sent */
        return of->end;
    }
    *item = of->items[of->taken % of->distinct];
    item->tag = &of->seen[of->taken % of->distinct];
    of->taken++;
    if (of->taken - of->results > of->ahead) {
        of->ahead = of->taken - of->results;
    }
    return 1;
}

static int on_result(void *user_data, const roomcast_item_result *result) {
    batch *of = user_data;
    size_t *seen = result->tag;
    of->results++;
    (*seen)++;
    of->kinds[seen - of->seen] = roomcast_error_kind(result->error);
    CHECK((result->error == NULL) == (result->send_result != NULL));
    CHECK(roomcast_error_outcome(result->error) == ROOMCAST_OUTCOME_NOT_SENT);
    CHECK(strstr(roomcast_error_message(result->error), MESSAGE) == NULL);
    return of->cancel_after != 0 && of->results >= of->cancel_after ? -1 : 0;
}

static batch of_items(const roomcast_send_item *items, size_t distinct, size_t count) {
    batch all;
    memset(&all, 0, sizeof all);
    all.items = items, all.distinct = distinct, all.count = count;
    return all;
}

static roomcast_send_options to_peer(void) {
    roomcast_send_options options = ROOMCAST_SEND_OPTIONS_INIT;
    options.peer_id = "p";
    return options;
}

static roomcast_send_item item_with(const roomcast_send_options *options) {
    roomcast_send_item item = {"r", MESSAGE, NULL, NULL};
    item.options = options;
    return item;
}

/* --- tests --- */

static void each_item_has_one_result(void) {
    enum { MOST = 4, ITEMS = 60 };
    roomcast_client *sending = client();
    roomcast_many_options options = ROOMCAST_MANY_OPTIONS_INIT;
    roomcast_send_options to = to_peer();
    roomcast_send_item items[ITEMS];
    roomcast_error *error = (roomcast_error *)&to; /* must be overwritten */
    batch all = of_items(items, ITEMS, ITEMS);
    size_t i;
    for (i = 0; i < ITEMS; i++) {
        items[i] = item_with(&to);
    }
    options.max_in_flight = MOST;
    CHECK(roomcast_send_many(sending, next, on_result, &all, &options, &error) == ROOMCAST_OK);
    CHECK(error == NULL && all.taken == ITEMS && all.results == ITEMS && all.ended == 1);
    CHECK(all.ahead >= 1 && all.ahead <= 2 * MOST);
    for (i = 0; i < ITEMS; i++) {
        CHECK(all.seen[i] == 1 && all.kinds[i] == ROOMCAST_CONNECTION);
    }
    roomcast_client_free(sending);
}

static void an_item_that_names_nobody_reaches_nobody(void) {
    static const char *const not_utf8 = "\xff";
    roomcast_client *sending = client();
    roomcast_send_options none = ROOMCAST_SEND_OPTIONS_INIT, blank = to_peer(), both = to_peer(), broken = to_peer();
    roomcast_send_options unknown = to_peer(), other = to_peer(), good = to_peer();
    roomcast_send_result *send_result = (roomcast_send_result *)&none; /* must be overwritten */
    roomcast_send_item items[12];
    batch all = of_items(items, 12, 12);
    size_t i;
    blank.peer_id = " ";
    both.audience = ROOMCAST_AUDIENCE_EVERYONE;
    broken.struct_magic = ROOMCAST_LIST_OPTIONS_MAGIC;
    unknown.reserved = 1;
    other.timeout_ms = 3600001;
    good.send_result = &send_result;
    memset(items, 0, sizeof items); /* the first one is empty */
    items[1] = item_with(NULL);
    items[2] = item_with(&none);
    items[3] = item_with(&blank);
    items[4] = item_with(&both);
    items[5] = item_with(&broken);
    items[6] = item_with(&unknown);
    items[7] = item_with(&other);
    items[8] = item_with(&good), items[8].room_id = "no room";
    items[9] = item_with(&good), items[9].message = NULL;
    items[10] = item_with(&good), items[10].message = not_utf8;
    items[11] = item_with(&good);
    CHECK(roomcast_send_many(sending, next, on_result, &all, NULL, NULL) == ROOMCAST_OK);
    CHECK(all.results == 12 && send_result == NULL);
    for (i = 0; i < 12; i++) {
        CHECK(all.seen[i] == 1);
        CHECK(all.kinds[i] == (i == 11 ? ROOMCAST_CONNECTION : ROOMCAST_INVALID_REQUEST));
    }
    roomcast_client_free(sending);
}

/* `next` may use the same memory for each item. */
static int reusing(void *user_data, roomcast_send_item *item) {
    static char room_id[8], message[8], peer_id[8];
    static roomcast_send_options options = ROOMCAST_SEND_OPTIONS_INIT;
    size_t *taken = user_data;
    memset(room_id, ' ', sizeof room_id - 1);
    memset(peer_id, 0, sizeof peer_id);
    options.struct_magic = 0;
    if (*taken == 10) {
        return 0;
    }
    sprintf(room_id, "r%u", (unsigned)(*taken)++);
    strcpy(message, "hi");
    strcpy(peer_id, "p");
    options.struct_magic = ROOMCAST_SEND_OPTIONS_MAGIC;
    options.peer_id = peer_id;
    item->room_id = room_id, item->message = message, item->options = &options;
    return 1;
}

static int attempted(void *user_data, const roomcast_item_result *result) {
    size_t *taken = user_data;
    CHECK(*taken <= 10 && result->tag == NULL && roomcast_error_kind(result->error) == ROOMCAST_CONNECTION);
    return 0;
}

static void what_next_fills_is_copied(void) {
    roomcast_client *sending = client();
    size_t taken = 0;
    CHECK(roomcast_send_many(sending, reusing, attempted, &taken, NULL, NULL) == ROOMCAST_OK);
    CHECK(taken == 10);
    roomcast_client_free(sending);
}

static void any_number_but_1_ends_the_items(void) {
    static const int ends[] = {0, -1, 2, 256};
    roomcast_client *sending = client();
    roomcast_send_options to = to_peer();
    roomcast_send_item item = item_with(&to);
    size_t i;
    for (i = 0; i < 8; i++) {
        batch all = of_items(&item, 1, i / 4);
        all.end = ends[i % 4];
        CHECK(roomcast_send_many(sending, next, on_result, &all, NULL, NULL) == ROOMCAST_OK);
        CHECK(all.ended == 1 && all.results == i / 4);
    }
    roomcast_client_free(sending);
}

static void cancelling_takes_no_more_items(void) {
    roomcast_client *sending = client();
    roomcast_many_options options = ROOMCAST_MANY_OPTIONS_INIT;
    roomcast_send_options to = to_peer(), nobody = ROOMCAST_SEND_OPTIONS_INIT;
    roomcast_send_item items[2];
    batch all = of_items(items, 2, 50);
    items[0] = item_with(&nobody);
    items[1] = item_with(&to);
    options.rate = 0.001; /* the second one waits */
    options.max_in_flight = 2;
    all.cancel_after = 1;
    CHECK(roomcast_send_many(sending, next, on_result, &all, &options, NULL) == ROOMCAST_OK);
    CHECK(all.taken == all.results && all.taken >= 2 && all.taken <= 4 && all.ended == 0);
    CHECK(all.kinds[0] == ROOMCAST_INVALID_REQUEST);
    CHECK(all.kinds[1] == ROOMCAST_CANCELLED || all.kinds[1] == ROOMCAST_CONNECTION);
    roomcast_client_free(sending);
}

static int send_inside(void *user_data, const roomcast_item_result *result) {
    const roomcast_client *sending = user_data;
    roomcast_send_options to = to_peer();
    roomcast_send_item item = item_with(&to);
    batch inner = of_items(&item, 1, 3);
    CHECK(result->error != NULL);
    CHECK(roomcast_send_many(sending, next, on_result, &inner, NULL, NULL) == ROOMCAST_OK && inner.results == 3);
    CHECK(roomcast_send_to_peer(sending, "r", "p", MESSAGE, NULL, NULL) == ROOMCAST_CONNECTION);
    return 0;
}

static int two;

static int next_of_two(void *user_data, roomcast_send_item *item) {
    static const roomcast_send_options everyone = {ROOMCAST_SEND_OPTIONS_MAGIC, sizeof everyone, NULL, NULL, NULL, NULL, 0,
                                                   ROOMCAST_AUDIENCE_EVERYONE, NULL, 0, 0, 0, 0};
    (void)user_data;
    *item = item_with(&everyone);
    return two-- > 0;
}

static void callbacks_may_send(void) {
    roomcast_client *sending = client();
    two = 2;
    CHECK(roomcast_send_many(sending, next_of_two, send_inside, sending, NULL, NULL) == ROOMCAST_OK && two < 0);
    roomcast_client_free(sending);
}

static void a_closed_client(void) {
    roomcast_client *sending = client();
    roomcast_send_options to = to_peer();
    roomcast_send_item item = item_with(&to);
    batch all = of_items(&item, 1, 200);
    roomcast_client_close(sending);
    CHECK(roomcast_send_many(sending, next, on_result, &all, NULL, NULL) == ROOMCAST_OK);
    CHECK(all.results == 200 && all.kinds[0] == ROOMCAST_CONFIGURATION);
    roomcast_client_free(sending);
}

/* Neither callback is called. */
static void refused(const roomcast_client *sending, const roomcast_many_options *options, roomcast_status kind,
                    const char *part, int line) {
    roomcast_send_options to = to_peer();
    roomcast_send_item item = item_with(&to);
    batch all = of_items(&item, 1, 1);
    roomcast_error *error = NULL;
    check(roomcast_send_many(sending, next, on_result, &all, options, &error) == kind, "it is refused", line);
    check(all.taken == 0 && all.ended == 0 && all.results == 0, "no callback was called", line);
    expect(error, kind, part, line);
    check(roomcast_send_many(sending, next, on_result, &all, options, NULL) == kind, "also without an error", line);
}

#define REFUSED(options, part) refused(sending, options, ROOMCAST_INVALID_REQUEST, part, __LINE__)

static void options_out_of_range(void) {
    static const double rates[] = {-1, 0.0009, 1000001, INFINITY, -INFINITY, NAN};
    struct {
        roomcast_many_options known;
        void *later;
    } options = {ROOMCAST_MANY_OPTIONS_INIT, NULL};
    const roomcast_many_options fresh = options.known;
    roomcast_client *sending = client();
    batch none = of_items(NULL, 1, 0);
    roomcast_send_item item = item_with(NULL);
    size_t i;
    none.items = &item;
    for (i = 0; i < sizeof rates / sizeof *rates; i++) {
        options.known.rate = rates[i];
        REFUSED(&options.known, "rate is out of range: it is 0.001 to 1,000,000 messages a second");
    }
    options.known = fresh, options.known.max_in_flight = 10001;
    REFUSED(&options.known, "max_in_flight is out of range");
    options.known = fresh, options.known.reserved = 1;
    REFUSED(&options.known, "many_options has an option");
    options.known = fresh, options.known.struct_size--;
    REFUSED(&options.known, "many_options has a struct_size that is not valid");
    options.known = fresh, options.known.struct_magic = ROOMCAST_SEND_OPTIONS_MAGIC;
    REFUSED(&options.known, "many_options is not initialised. Nothing was sent. Initialise it with ROOMCAST_MANY_OPTIONS_INIT.");
    options.known = fresh, options.known.struct_size = sizeof options; /* a newer caller, whose new members are zero */
    CHECK(roomcast_send_many(sending, next, on_result, &none, &options.known, NULL) == ROOMCAST_OK);
    options.later = &options;
    REFUSED(&options.known, "many_options has an option");
    options.known = fresh, options.known.rate = 1000000, options.known.max_in_flight = 10000;
    CHECK(roomcast_send_many(sending, next, on_result, &none, &options.known, NULL) == ROOMCAST_OK);
    roomcast_client_free(sending);
}

static void what_is_null_is_refused(void) {
    roomcast_client *sending = client();
    roomcast_error *error = NULL;
    batch none = of_items(NULL, 1, 0);
    refused(NULL, NULL, ROOMCAST_CONFIGURATION, "the client is NULL", __LINE__);
    CHECK(roomcast_send_many(sending, NULL, on_result, &none, NULL, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "next is null; it takes a function");
    CHECK(roomcast_send_many(sending, next, NULL, &none, NULL, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "on_result is null; it takes a function");
    CHECK(roomcast_send_many(NULL, NULL, NULL, NULL, NULL, NULL) == ROOMCAST_CONFIGURATION);
    CHECK(none.ended == 0);
    roomcast_client_free(sending);
}

int main(void) {
    run("each item has one result", each_item_has_one_result);
    run("an item that names nobody reaches nobody", an_item_that_names_nobody_reaches_nobody);
    run("what next fills is copied", what_next_fills_is_copied);
    run("any number but 1 ends the items", any_number_but_1_ends_the_items);
    run("cancelling takes no more items", cancelling_takes_no_more_items);
    run("callbacks may send", callbacks_may_send);
    run("a closed client", a_closed_client);
    run("options out of range", options_out_of_range);
    run("what is NULL is refused", what_is_null_is_refused);
    return finish();
}
