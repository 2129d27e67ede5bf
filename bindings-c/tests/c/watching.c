/* Numbers and log lines of a client: what they say, and that neither shows what is secret. Needs no server. */
#include "closed_port.h"

#include <stddef.h>

static void numbers_are_counted(void) {
    roomcast_client *watched = client();
    roomcast_stats stats = ROOMCAST_STATS_INIT;
    roomcast_completion *completion = NULL;
    uint64_t failures = 0;
    size_t i;
    CHECK(roomcast_broadcast(watched, "r", MESSAGE, NULL, NULL) == ROOMCAST_CONNECTION);
    CHECK(roomcast_broadcast(watched, "r", MESSAGE, NULL, NULL) == ROOMCAST_CONNECTION);
    CHECK(roomcast_broadcast(watched, "no.room", MESSAGE, NULL, NULL) == ROOMCAST_INVALID_REQUEST);
    CHECK(roomcast_broadcast_async(watched, "r", MESSAGE, NULL, NULL, NULL, NULL, NULL) == ROOMCAST_OK);
    while (stats.uncollected == 0) {
        CHECK(roomcast_client_stats(watched, &stats, NULL) == ROOMCAST_OK);
    }
    CHECK(stats.uncollected_bytes == 512);
    CHECK(roomcast_client_wait(watched, -1, &completion, NULL) == ROOMCAST_OK);
    roomcast_completion_free(completion);
    CHECK(roomcast_client_stats(watched, &stats, NULL) == ROOMCAST_OK);
    CHECK(stats.struct_magic == ROOMCAST_STATS_MAGIC && stats.struct_size == sizeof stats);
    CHECK(stats.sent == 0 && stats.queried == 0 && stats.retried == 0 && stats.in_flight == 0 && stats.queued == 0);
    CHECK(stats.queued_bytes == 0 && stats.uncollected == 0 && stats.uncollected_bytes == 0);
    CHECK(stats.idle_connections == 0 && stats.busy_connections == 0);
    CHECK(stats.failed[ROOMCAST_CONNECTION] == 3 && stats.failed[ROOMCAST_INVALID_REQUEST] == 1);
    for (i = 0; i < ROOMCAST_STATUS_LIMIT; i++) {
        failures += stats.failed[i];
    }
    CHECK(failures == 4);
    roomcast_client_free(watched);
}

/* As a program has it that was compiled with a later header. */
typedef struct {
    roomcast_stats known;
    uint64_t later[2];
} later_stats;

static void structs_of_other_versions(void) {
    roomcast_client *watched = client();
    roomcast_stats stats = ROOMCAST_STATS_INIT;
    later_stats later;
    roomcast_error *error = NULL;
    memset(&later, 0xff, sizeof later);
    later.known = stats;
    later.known.struct_size = sizeof later - sizeof later.later[1];
    CHECK(roomcast_client_stats(watched, &later.known, NULL) == ROOMCAST_OK);
    CHECK(later.later[0] == 0 && later.later[1] == UINT64_MAX);
    CHECK(later.known.struct_size == sizeof later - sizeof later.later[1]);

    stats.struct_size = offsetof(roomcast_stats, failed);
    stats.sent = 7;
    CHECK(roomcast_client_stats(watched, &stats, &error) == ROOMCAST_INVALID_REQUEST && stats.sent == 7);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "stats has a struct_size that is not valid");
    memset(&stats, 0, sizeof stats);
    CHECK(roomcast_client_stats(watched, &stats, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "Initialise it with ROOMCAST_STATS_INIT");
    CHECK(roomcast_client_stats(watched, NULL, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "stats is NULL");
    CHECK(roomcast_client_stats(NULL, &stats, &error) == ROOMCAST_CONFIGURATION);
    EXPECT(error, ROOMCAST_CONFIGURATION, "the client is NULL");
    roomcast_client_close(watched);
    stats.struct_magic = ROOMCAST_STATS_MAGIC, stats.struct_size = sizeof stats;
    CHECK(roomcast_client_stats(watched, &stats, NULL) == ROOMCAST_OK);
    roomcast_client_free(watched);
}

typedef struct {
    int lines, warnings;
    char last[1024];
} seen;

static void keep(void *user_data, const roomcast_log_record *record) {
    seen *lines = user_data;
    const char *text = roomcast_log_record_message(record);
    lines->lines++;
    strncpy(lines->last, text, sizeof lines->last - 1);
    CHECK(strstr(text, MESSAGE) == NULL && strstr(text, "secret") == NULL && strchr(text, '\n') == NULL);
    if (roomcast_log_record_level(record) == ROOMCAST_LOG_WARN && roomcast_log_record_attempts(record) > 0) {
        lines->warnings++;
        CHECK(strcmp(roomcast_log_record_room_id(record), "the-room") == 0);
        CHECK(roomcast_log_record_kind(record) == ROOMCAST_CONNECTION);
        CHECK(roomcast_log_record_outcome(record) == ROOMCAST_OUTCOME_NOT_SENT);
        CHECK(roomcast_log_record_attempts(record) == 1);
    }
}

static void lines_reach_the_callback(void) {
    roomcast_client *watched = client();
    roomcast_error *error = NULL;
    seen first, second;
    memset(&first, 0, sizeof first);
    memset(&second, 0, sizeof second);
    CHECK(roomcast_log_set(keep, &first, ROOMCAST_LOG_WARN, &error) == ROOMCAST_OK && error == NULL);
    CHECK(roomcast_broadcast(watched, "the-room", MESSAGE, NULL, NULL) == ROOMCAST_CONNECTION);
    CHECK(first.lines == 1 && first.warnings == 1 && strstr(first.last, "/active-rooms/the-room/") != NULL);
    CHECK(roomcast_log_set(keep, &second, ROOMCAST_LOG_ERROR, NULL) == ROOMCAST_OK);
    CHECK(roomcast_broadcast(watched, "the-room", MESSAGE, NULL, NULL) == ROOMCAST_CONNECTION);
    CHECK(first.lines == 1 && second.lines == 0);
    CHECK(roomcast_log_set(keep, &second, ROOMCAST_LOG_DEBUG, NULL) == ROOMCAST_OK);
    CHECK(roomcast_broadcast(watched, "the-room", MESSAGE, NULL, NULL) == ROOMCAST_CONNECTION);
    CHECK(first.lines == 1 && second.warnings == 1);
    CHECK(roomcast_log_set(keep, NULL, 5, &error) == ROOMCAST_INVALID_REQUEST);
    EXPECT(error, ROOMCAST_INVALID_REQUEST, "level is 5, which is no value of roomcast_log_level");
    CHECK(roomcast_broadcast(watched, "the-room", MESSAGE, NULL, NULL) == ROOMCAST_CONNECTION);
    CHECK(second.warnings == 2);
    CHECK(roomcast_log_set(NULL, NULL, ROOMCAST_LOG_DEBUG, NULL) == ROOMCAST_OK);
    CHECK(roomcast_broadcast(watched, "the-room", MESSAGE, NULL, NULL) == ROOMCAST_CONNECTION);
    CHECK(second.warnings == 2);
    roomcast_client_free(watched);
    CHECK(roomcast_log_record_level(NULL) == ROOMCAST_LOG_OFF && roomcast_log_record_kind(NULL) == ROOMCAST_OK);
    CHECK(roomcast_log_record_outcome(NULL) == ROOMCAST_OUTCOME_NONE && roomcast_log_record_attempts(NULL) == 0);
    CHECK(*roomcast_log_record_message(NULL) == 0 && *roomcast_log_record_room_id(NULL) == 0);
}

static void results_that_are_freed_are_logged(void) {
    roomcast_client *watched = client();
    roomcast_stats stats = ROOMCAST_STATS_INIT;
    seen lines;
    int all_ended = 0;
    memset(&lines, 0, sizeof lines);
    CHECK(roomcast_broadcast_async(watched, "the-room", MESSAGE, NULL, NULL, NULL, NULL, NULL) == ROOMCAST_OK);
    CHECK(roomcast_client_drain(watched, 60000, &all_ended, NULL) == ROOMCAST_OK && all_ended == 1);
    CHECK(roomcast_client_stats(watched, &stats, NULL) == ROOMCAST_OK && stats.uncollected == 1);
    CHECK(roomcast_log_set(keep, &lines, ROOMCAST_LOG_WARN, NULL) == ROOMCAST_OK);
    roomcast_client_free(watched);
    CHECK(lines.lines == 1 && strstr(lines.last, "freed with 1 results that were not collected, and 0 more to come") != NULL);
    CHECK(roomcast_log_set(NULL, NULL, ROOMCAST_LOG_OFF, NULL) == ROOMCAST_OK);
}

static void draining_wrongly(void) {
    roomcast_client *drained = client();
    roomcast_error *error = NULL;
    int all_ended = 7;
    CHECK(roomcast_client_drain(NULL, 0, &all_ended, &error) == ROOMCAST_CONFIGURATION && all_ended == 0);
    EXPECT(error, ROOMCAST_CONFIGURATION, "the client is NULL");
    CHECK(roomcast_client_drain(drained, -1, NULL, NULL) == ROOMCAST_OK);
    CHECK(roomcast_client_drain(drained, 0, &all_ended, &error) == ROOMCAST_OK && all_ended == 1 && error == NULL);
    CHECK(roomcast_broadcast(drained, "r", MESSAGE, NULL, &error) == ROOMCAST_CONFIGURATION);
    EXPECT(error, ROOMCAST_CONFIGURATION, "the client is closed");
    roomcast_client_free(drained);
}

int main(void) {
    run("numbers are counted", numbers_are_counted);
    run("structs of other versions", structs_of_other_versions);
    run("lines reach the callback", lines_reach_the_callback);
    run("results that are freed are logged", results_that_are_freed_are_logged);
    run("draining wrongly", draining_wrongly);
    return finish();
}
