/*
 * Included before a program that runs under ThreadSanitizer. The library's locks are not instrumented, so this declares the
 * ordering that the header guarantees: a callback sees everything that its thread wrote before the _async call.
 */
#include <roomcast.h>

extern void __tsan_acquire(void *address);
extern void __tsan_release(void *address);

static roomcast_on_done tsan_on_done;

static void tsan_call(void *user_data, roomcast_status status, roomcast_send_result *send_result, roomcast_error *error) {
    __tsan_acquire(user_data);
    tsan_on_done(user_data, status, send_result, error);
}

static inline roomcast_status tsan_broadcast_async(const roomcast_client *client, const char *room_id, const char *message,
                                                   const roomcast_send_options *options, roomcast_on_done on_done,
                                                   void *user_data, roomcast_pending **pending, roomcast_error **error) {
    if (tsan_on_done == NULL) {
        tsan_on_done = on_done;
    }
    __tsan_release(user_data);
    return roomcast_broadcast_async(client, room_id, message, options, tsan_call, user_data, pending, error);
}

#define roomcast_broadcast_async tsan_broadcast_async
