/* Sends without waiting, in libevent's event loop: libevent <room id> <how many> */
#define _XOPEN_SOURCE 600 /* for event2/event.h in strict C99 */

#include "sends.h"

#include <event2/event.h>

typedef struct {
    sends all;
    struct event *ready;
} program;

static void on_ready(evutil_socket_t fd, short what, void *data) {
    program *running = data;
    (void)fd;
    (void)what;
    if (!collect(&running->all)) {
        event_del(running->ready); /* so the loop ends */
    }
}

int main(int argc, char **argv) {
    program running;
    struct event_base *base = event_base_new();

    running.all = start_sends(argc, argv);
    running.ready = event_new(base, roomcast_client_fd(running.all.client), EV_READ | EV_PERSIST, on_ready, &running);
    if (running.all.started > 0 && event_add(running.ready, NULL) == 0) {
        event_base_dispatch(base);
    }
    event_free(running.ready);
    event_base_free(base);
    return finish_sends(&running.all);
}
