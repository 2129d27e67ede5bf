/* Sends without waiting, in GLib's main loop, which GTK has, too: glib <room id> <how many> */
#include "sends.h"

#include <glib-unix.h>
#include <glib.h>

typedef struct {
    sends all;
    GMainLoop *loop;
} program;

static gboolean on_ready(gint fd, GIOCondition condition, gpointer data) {
    program *running = data;
    (void)fd;
    (void)condition;
    if (collect(&running->all)) {
        return G_SOURCE_CONTINUE;
    }
    g_main_loop_quit(running->loop);
    return G_SOURCE_REMOVE;
}

int main(int argc, char **argv) {
    program running;

    running.all = start_sends(argc, argv);
    running.loop = g_main_loop_new(NULL, FALSE);
    if (running.all.started > 0) {
        g_unix_fd_add(roomcast_client_fd(running.all.client), G_IO_IN, on_ready, &running);
        g_main_loop_run(running.loop);
    }
    g_main_loop_unref(running.loop);
    return finish_sends(&running.all);
}
