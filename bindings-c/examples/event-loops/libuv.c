/* Sends without waiting, in libuv's event loop: libuv <room id> <how many> */
#define _XOPEN_SOURCE 600 /* for uv.h in strict C99 */

#include "sends.h"

#include <uv.h>

static void on_ready(uv_poll_t *handle, int status, int events) {
    (void)status;
    (void)events;
    if (!collect(handle->data)) {
        uv_close((uv_handle_t *)handle, NULL); /* so the loop ends */
    }
}

int main(int argc, char **argv) {
    sends all = start_sends(argc, argv);
    uv_loop_t *loop = uv_default_loop();
    uv_poll_t handle;

    if (all.started > 0 && uv_poll_init(loop, &handle, roomcast_client_fd(all.client)) == 0) {
        handle.data = &all;
        uv_poll_start(&handle, UV_READABLE, on_ready);
        uv_run(loop, UV_RUN_DEFAULT);
    }
    uv_loop_close(loop);
    return finish_sends(&all);
}
