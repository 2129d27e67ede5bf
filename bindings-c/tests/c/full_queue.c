/* A completion queue that nobody collects from refuses further operations, and loses none. Needs no server. */
#include "closed_port.h"

int main(void) {
    roomcast_client *full = client();
    roomcast_completion *completion = NULL;
    roomcast_error *error = NULL;
    roomcast_stats stats = ROOMCAST_STATS_INIT;
    size_t started = 0, collected = 0;
    roomcast_status status;
    do {
        status = roomcast_broadcast_async(full, "r", "hi", NULL, NULL, (void *)started, NULL, &error);
        started += status == ROOMCAST_OK;
    } while (status == ROOMCAST_OK);
    CHECK(status == ROOMCAST_QUEUE_FULL && started == 64 * 1024 * 1024 / 512);
    CHECK(roomcast_error_outcome(error) == ROOMCAST_OUTCOME_NOT_SENT);
    CHECK(strstr(roomcast_error_message(error), "Collect results with roomcast_client_next") != NULL);
    roomcast_error_free(error);
    CHECK(roomcast_client_stats(full, &stats, NULL) == ROOMCAST_OK);
    CHECK(stats.failed[ROOMCAST_QUEUE_FULL] == 1 && stats.uncollected_bytes == 64 * 1024 * 1024);
    /* One place is enough for one more. */
    CHECK(roomcast_client_wait(full, -1, &completion, NULL) == ROOMCAST_OK && completion != NULL);
    roomcast_completion_free(completion);
    collected++;
    CHECK(roomcast_broadcast_async(full, "r", "hi", NULL, NULL, NULL, NULL, NULL) == ROOMCAST_OK);
    started++;
    roomcast_client_close(full);
    while (roomcast_client_wait(full, -1, &completion, NULL) == ROOMCAST_OK) {
        collected += roomcast_completion_status(completion) == ROOMCAST_CONNECTION;
        roomcast_completion_free(completion);
    }
    CHECK(collected == started);
    CHECK(roomcast_client_stats(full, &stats, NULL) == ROOMCAST_OK);
    CHECK(stats.uncollected == 0 && stats.uncollected_bytes == 0 && stats.failed[ROOMCAST_CONNECTION] == started);
    roomcast_client_free(full);
    passed++;
    failed += failures_in_test != 0;
    return finish();
}
