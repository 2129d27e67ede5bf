/*
 * Many messages: many_rooms <messages a second> < lines of "<room id> <message>"
 *
 * Sends each line to everyone in its room, as a chat line. However many lines there are, only those that can be sent now are
 * read. What was not sent is printed on standard output, as lines to be handed in again.
 *
 * Exits with 0 if the server accepted all of them.
 */
#include <roomcast.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What both callbacks share. They run on the thread of the call, so it needs no lock. */
typedef struct {
    roomcast_send_options options; /* the same for all */
    unsigned long accepted, failed;
} broadcast;

/* Reads the next line. Its copy is the tag: the result's callback needs it, and frees it. */
static int next(void *user_data, roomcast_send_item *item) {
    static char line[4096], room_id[66];
    broadcast *all = user_data;
    int message = 0; /* where it begins */
    if (fgets(line, sizeof line, stdin) == NULL) {
        return 0;
    }
    item->tag = malloc(strlen(line) + 1);
    if (item->tag == NULL || (strchr(line, '\n') == NULL && !feof(stdin)) || sscanf(line, "%65s %n", room_id, &message) != 1) {
        fprintf(stderr, "not a line of a room id and a message of at most 4,000 bytes: the rest is not sent\n");
        free(item->tag);
        all->failed++;
        return 0;
    }
    line[strcspn(line, "\n")] = '\0';
    item->room_id = room_id;
    item->message = line + message;
    item->options = &all->options;
    strcpy(item->tag, line);
    return 1;
}

static int on_result(void *user_data, const roomcast_item_result *result) {
    broadcast *all = user_data;
    const char *line = result->tag;
    if (result->error == NULL) {
        all->accepted++;
    } else {
        all->failed++;
        fprintf(stderr, "%s\n", roomcast_error_message(result->error));
        if (roomcast_error_outcome(result->error) == ROOMCAST_OUTCOME_NOT_SENT) {
            puts(line);
        }
    }
    free(result->tag);
    return 0; /* 1 to cancel */
}

int main(int argc, char **argv) {
    roomcast_many_options options = ROOMCAST_MANY_OPTIONS_INIT;
    broadcast all = {ROOMCAST_SEND_OPTIONS_INIT, 0, 0};
    roomcast_client *client = NULL;
    roomcast_error *error = NULL;
    roomcast_status status;

    if (argc != 2 || (options.rate = atof(argv[1])) <= 0) {
        fprintf(stderr, "usage: %s <messages a second>\n", argv[0]);
        return 2;
    }
    all.options.format = ROOMCAST_FORMAT_CHAT;
    all.options.audience = ROOMCAST_AUDIENCE_EVERYONE; /* never because no target was set */
    status = roomcast_client_new(NULL, &client, &error);
    if (status == ROOMCAST_OK) {
        status = roomcast_send_many(client, next, on_result, &all, &options, &error);
    }
    if (status != ROOMCAST_OK) {
        fprintf(stderr, "%s\n", roomcast_error_message(error));
        all.failed++;
    }
    fprintf(stderr, "%lu messages were accepted\n", all.accepted);
    roomcast_error_free(error);
    roomcast_client_free(client);
    return all.failed == 0 ? 0 : 1;
}
