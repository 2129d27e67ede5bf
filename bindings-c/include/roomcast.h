/*
 * roomcast.h: send messages into live 100ms rooms from a backend, ask who is there, and read webhooks, in C99 and C++11.
 *
 * Made by cbindgen from bindings-c/src; change it there.
 *
 * A WHOLE PROGRAM
 *
 *     #include <roomcast.h>
 *     #include <stdio.h>
 *
 *     int main(void) {
 *         roomcast_client_options options = ROOMCAST_CLIENT_OPTIONS_INIT;
 *         roomcast_client *client = NULL;
 *         roomcast_error *error = NULL;
 *         roomcast_status status;
 *
 *         options.timeout_ms = 5000;       // credentials come from HMS_ACCESS_KEY and HMS_SECRET
 *         status = roomcast_client_new(&options, &client, &error);
 *         if (status == ROOMCAST_OK) {
 *             roomcast_send_options to = ROOMCAST_SEND_OPTIONS_INIT;
 *             to.peer_id = "1038fa72-9345-4651-beab-436f9242ebf4";
 *             to.type = "chat";
 *             status = roomcast_send_message(client, "627cda81ab4f3b56a077dc33", "hi", &to, &error);
 *         }
 *         if (status != ROOMCAST_OK) {
 *             fprintf(stderr, "%s\n", roomcast_error_message(error));
 *             if (roomcast_error_outcome(error) == ROOMCAST_OUTCOME_UNKNOWN)
 *                 fprintf(stderr, "It may have arrived: sending it again may show it twice.\n");
 *         }
 *         roomcast_error_free(error);
 *         roomcast_client_free(client);
 *         return status == ROOMCAST_OK ? 0 : 1;
 *     }
 *
 * LINKING
 *
 * After `make install`, with pkg-config, or in CMake:
 *
 *     cc program.c $(pkg-config --cflags --libs roomcast)
 *     cc program.c $(pkg-config --static --cflags --libs roomcast | sed s/-lroomcast/-l:libroomcast.a/)
 *
 *     find_package(roomcast REQUIRED)             # set roomcast_USE_STATIC_LIBS first for the static library
 *     target_link_libraries(program PRIVATE roomcast::roomcast)
 *
 * CALLS AND ERRORS
 *
 * A call that can fail returns a roomcast_status: ROOMCAST_OK, which is 0, or what went wrong. Its last argument is a place
 * for a roomcast_error, or NULL if the status is enough. The status says what went wrong; the error's outcome says what is
 * known of the message, and so whether to send it again:
 *
 *     ROOMCAST_OUTCOME_NOT_SENT   it never left: sending again is safe
 *     ROOMCAST_OUTCOME_REJECTED   the server said no
 *     ROOMCAST_OUTCOME_UNKNOWN    it may have been delivered: sending again may show it twice
 *
 * Outputs (*client, *error, and what roomcast_send_options.send_result points to) are set by every call that is given them: to
 * a handle that the caller now owns, or to NULL. What they held before is neither read nor freed, so free an old error
 * first; a pointer that was freed already does no harm. One exception: if the options' struct_size is none that a version
 * had, the place for the send_result cannot be found, and what is there stays.
 *
 * POINTERS
 *
 * Every pointer argument may be NULL: what needs one fails and says so. Any other pointer must be what its type says, and
 * stay so during the call. Text ends with a NUL byte and is UTF-8; other bytes are refused as ROOMCAST_INVALID_REQUEST, in
 * client options as ROOMCAST_CONFIGURATION. The library keeps no pointer of the caller's beyond the call, but for the
 * callback and its user_data in the _async functions.
 *
 * OWNERSHIP
 *
 * Free what a call puts into an output, and what a callback is given, with the function for its type:
 * roomcast_client_free, roomcast_error_free, roomcast_send_result_free, roomcast_pending_free, roomcast_peers_free,
 * roomcast_room_free, roomcast_webhooks_free, roomcast_event_free; never with free(). All of them take NULL. No handle needs another: an error outlives its client. Text that is returned belongs to the handle it was
 * asked of and lives as long; text without a handle lives for ever. Never free text. A handle that is used after it was
 * freed, or freed twice, is undefined, as with free(); a client that was only closed fails with ROOMCAST_CONFIGURATION.
 *
 * OPTIONS
 *
 * An option struct begins with its INIT macro, which sets struct_size to what the caller was compiled with. Later versions
 * add members at the end: an old program works with a new library, and a new one with an old library as long as it leaves
 * out, as zero, what that library does not know. A member that is set but not known is an error, and so is a struct_size of
 * less than the first version's or more than 4096. Options may be NULL: all is left out.
 *
 * WITHOUT WAITING
 *
 * Each send function has a twin whose name ends in _async: it copies what it was given, returns at once, and has a callback
 * called with the result, exactly once if it returned ROOMCAST_OK and never otherwise. roomcast_on_done says what a
 * callback may do. roomcast_pending_cancel gives a send up, at any moment. Freeing or closing the client gives up nothing:
 * what was started goes on to its end, and is told. A program that exits does not wait for it.
 *
 * WEBHOOKS
 *
 * 100ms posts what happens to a server of yours, with a header whose value only you and it know: there is no signature.
 * roomcast_webhooks_read compares that header and reads the body. Who answers anything but 200 is sent it again, 1 s, 3 s and
 * 10 s later, so an event may come more than once, with the same id.
 *
 *     if (roomcast_webhooks_read(webhooks, header, body, body_size, &event, &error) != ROOMCAST_OK) {
 *         answer(roomcast_error_http_status(error));              // 401, 413 or 400
 *     } else if (is_new(roomcast_event_id(event)) && roomcast_event_kind(event) == ROOMCAST_EVENT_PEER_JOINED) {
 *         seat(roomcast_event_user_id(event), roomcast_event_peer_id(event));
 *     }
 *     roomcast_event_free(event);
 *     roomcast_error_free(error);
 *
 * THREADS
 *
 * Any number of threads may use one client at once, and it is best to make one and share it. Only freeing a handle must be
 * alone with it. Errors and send_results never change and may be read by any thread. A call that waits blocks at most the
 * client's timeout and works on the caller's thread; only the look-up of a name, which may not end in time, is done on
 * another. One thread does all of a client's _async sends, at most max_in_flight of them at once; others make its new
 * connections. They are made when needed, and end when they have had nothing to do for some seconds, or when the client was
 * closed or freed and its sends have ended; nobody waits for them.
 * Threads of the library's have the signal mask of the thread whose call made them: block signals there if they are to be
 * handled elsewhere. The shared library stays loaded after dlclose, since a thread may be about to end; a plug-in that has
 * the static one in it must be linked with -Wl,-z,nodelete for that. roomcast_client_new reads the environment, so no other
 * thread may be changing it with setenv at that moment.
 *
 * FORKS
 *
 * A forked child may use its parent's client, even if other threads were sending at that moment: it makes connections and
 * threads of its own. Sends that the parent had started go on in the parent alone: in the child their callbacks are not
 * called, and giving them up does nothing. What the child frees is only its own copy.
 *
 * SIGNALS AND BUGS
 *
 * No signal is raised or handled: a connection that breaks is an error, never a SIGPIPE, however that is set. A call that
 * waits goes on through the signals that the program handles.
 *
 * A bug inside the library does not end the program: it becomes ROOMCAST_INTERNAL, and a line on stderr says where it is.
 * Running out of memory does end it.
 */


#ifndef ROOMCAST_H
#define ROOMCAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The version of this header; `roomcast_version` is that of the library. */
#define ROOMCAST_VERSION "0.1.0"

/** The standard of C that this is compiled as, or 0: for `roomcast_client_options.c_standard`. */
#if defined(__STDC_VERSION__) && !defined(__cplusplus)
#define ROOMCAST_C_STANDARD ((uint32_t)(__STDC_VERSION__))
#else
#define ROOMCAST_C_STANDARD 0
#endif

/** The standard of C++ that this is compiled as, or 0: for `roomcast_client_options.cpp_standard`. */
#if defined(__cplusplus)
#define ROOMCAST_CPP_STANDARD ((uint32_t)(__cplusplus))
#else
#define ROOMCAST_CPP_STANDARD 0
#endif

/** Begins a `roomcast_client_options` with everything left out. */
#define ROOMCAST_CLIENT_OPTIONS_INIT                                                                \
    {                                                                                               \
        sizeof(roomcast_client_options), ROOMCAST_C_STANDARD, ROOMCAST_CPP_STANDARD, NULL, NULL,    \
            NULL, NULL, NULL, NULL, 0, 0, 0, 0                                                      \
    }

/** Begins a `roomcast_send_options` with everything left out. */
#define ROOMCAST_SEND_OPTIONS_INIT {sizeof(roomcast_send_options), NULL, NULL, NULL, NULL}

/** Begins a `roomcast_list_options` with everything left out. */
#define ROOMCAST_LIST_OPTIONS_INIT {sizeof(roomcast_list_options), NULL, NULL}


/**
 * How a call went: `ROOMCAST_OK`, which is 0, or what went wrong. Numbers never change; later versions may add some,
 * so treat one that you do not know as a failure.
 *
 * What is known of the message is another question: see `roomcast_outcome`.
 */
typedef enum roomcast_status {
    /**
     * It worked: the server took the message, which does not tell who read it; or an `_async` send was started.
     */
    ROOMCAST_OK = 0,
    /**
     * An argument broke a rule; nothing was sent.
     */
    ROOMCAST_INVALID_REQUEST = 1,
    /**
     * The client cannot work as it was set up: no credentials, a bad base URL, NULL, use after close.
     */
    ROOMCAST_CONFIGURATION = 2,
    /**
     * HTTP 401: no valid management token.
     */
    ROOMCAST_UNAUTHENTICATED = 3,
    /**
     * HTTP 403: the token lacks the permission.
     */
    ROOMCAST_PERMISSION_DENIED = 4,
    /**
     * HTTP 404: no such room, or nobody in it, or no such peer.
     */
    ROOMCAST_NOT_FOUND = 5,
    /**
     * HTTP 429: too many requests; see `roomcast_error_retry_after_ms`.
     */
    ROOMCAST_RATE_LIMITED = 6,
    /**
     * Any other 3xx or 4xx but 408.
     */
    ROOMCAST_REJECTED = 7,
    /**
     * HTTP 5xx or 408.
     */
    ROOMCAST_SERVER = 8,
    /**
     * The name did not resolve, or the connection was refused, reset or closed, or TLS failed.
     */
    ROOMCAST_CONNECTION = 9,
    /**
     * The deadline passed.
     */
    ROOMCAST_TIMEOUT = 10,
    /**
     * The answer was not HTTP, was too large, contradicted itself, or did not hold what was asked for.
     */
    ROOMCAST_PROTOCOL = 11,
    /**
     * The caller gave the send up, with `roomcast_pending_cancel`.
     */
    ROOMCAST_CANCELLED = 12,
    /**
     * A panic or a broken invariant inside roomcast, caught.
     */
    ROOMCAST_INTERNAL = 13,
    /**
     * A webhook's secret header is missing or has another value: it was not 100ms. Answer 401.
     */
    ROOMCAST_WRONG_SECRET = 14,
    /**
     * A webhook's body has more than 1 MiB. Answer 413.
     */
    ROOMCAST_TOO_LARGE = 15,
    /**
     * A webhook's body is not an event, or not one that could be acted upon. Answer 400.
     */
    ROOMCAST_INVALID_BODY = 16,
} roomcast_status;

/**
 * What an event is about. Numbers never change; later versions may add some, which are `ROOMCAST_EVENT_OTHER` now.
 */
typedef enum roomcast_known_event {
    /**
     * Any other type, which `roomcast_event_type` names; or NULL was passed.
     */
    ROOMCAST_EVENT_OTHER = 0,
    /**
     * "peer.join.success": a peer is in a room.
     */
    ROOMCAST_EVENT_PEER_JOINED = 1,
    /**
     * "peer.leave.success": a peer is in a room no more.
     */
    ROOMCAST_EVENT_PEER_LEFT = 2,
} roomcast_known_event;

/**
 * What is known of the message when a send failed: this is what to act on. Numbers never change.
 */
typedef enum roomcast_outcome {
    /**
     * There is no message to know of: the error is a webhook's, or NULL.
     */
    ROOMCAST_OUTCOME_NONE = 0,
    /**
     * It provably never left: sending again cannot show it twice.
     */
    ROOMCAST_OUTCOME_NOT_SENT = 1,
    /**
     * The server answered no.
     */
    ROOMCAST_OUTCOME_REJECTED = 2,
    /**
     * It may have been delivered: sending again may show it twice.
     */
    ROOMCAST_OUTCOME_UNKNOWN = 3,
} roomcast_outcome;

/**
 * Sends messages into live rooms. Make one with `roomcast_client_new` and share it: any number of threads may send with
 * it at once. In a forked child it makes connections of its own.
 */
typedef struct roomcast_client roomcast_client;

/**
 * Why a call failed. Put into `*error` by the functions that fail, or given to a callback; freed with `roomcast_error_free`. It never changes,
 * so any number of threads may read it; what its functions return lives as long as it does. It holds no secret, no
 * token and no message text.
 */
typedef struct roomcast_error roomcast_error;

/**
 * Something that happened in 100ms. Made by `roomcast_webhooks_read`; freed with `roomcast_event_free`. It never changes, so any
 * number of threads may read it; the texts that its functions return live as long as it does, are never NULL, and are "" for
 * what 100ms did not tell, what events of this kind do not have, and for NULL.
 */
typedef struct roomcast_event roomcast_event;

/**
 * Peers that are in a room. Made by `roomcast_list_peers` and `roomcast_list_peers_of_user`; freed with `roomcast_peers_free`. It never
 * changes, so any number of threads may read it; the texts that its functions return live as long as it does, are never
 * NULL, and are "" for what the server did not tell, past the last peer, and for NULL.
 */
typedef struct roomcast_peers roomcast_peers;

/**
 * A send that was started by an `_async` call, for giving it up. Freed with `roomcast_pending_free`, before the send has
 * ended or after. Any number of threads may use it at once; only freeing it must be alone.
 */
typedef struct roomcast_pending roomcast_pending;

/**
 * A room that somebody is in. Made by `roomcast_get_room`; freed with `roomcast_room_free`. It never changes, so any number of
 * threads may read it; the texts that its functions return live as long as it does, are never NULL, and are "" for what the
 * server did not tell, past the last peer, and for NULL.
 */
typedef struct roomcast_room roomcast_room;

/**
 * The server took the message. Made by the send functions, if `roomcast_send_options.send_result` says where to, and for
 * callbacks; freed with `roomcast_send_result_free`. It never changes, so any number of threads may read it.
 */
typedef struct roomcast_send_result roomcast_send_result;

/**
 * Reads the webhooks that 100ms posts, and refuses everybody else's. Make one with `roomcast_webhooks_new` and share it: any
 * number of threads may read with it at once. It keeps the secret, and shows it nowhere.
 */
typedef struct roomcast_webhooks roomcast_webhooks;

/**
 * What a client is made with. Begin with `ROOMCAST_CLIENT_OPTIONS_INIT`, which sets the first three members and leaves
 * the others out. A member that is NULL or 0 is left out: its value comes from the environment or is the default.
 *
 * The library keeps copies, so text may be changed or freed once `roomcast_client_new` has returned.
 */
typedef struct roomcast_client_options {
    /**
     * The size of the struct as the caller knows it, from the macro.
     */
    size_t struct_size;
    /**
     * The caller's `__STDC_VERSION__`, from the macro, for the User-Agent; 0 if there is none.
     */
    uint32_t c_standard;
    /**
     * The caller's `__cplusplus`, from the macro, for the User-Agent; 0 in C.
     */
    uint32_t cpp_standard;
    /**
     * The app's access key; goes with `secret`. Else `HMS_ACCESS_KEY`.
     */
    const char *access_key;
    /**
     * The app's secret, with which roomcast mints management tokens. Else `HMS_SECRET`.
     */
    const char *secret;
    /**
     * A management token made elsewhere, in place of key and secret: roomcast cannot renew it. Else
     * `HMS_MANAGEMENT_TOKEN`.
     */
    const char *management_token;
    /**
     * Where the API is: https, or http to this machine. Else `HMS_BASE_URL`, else `https://api.100ms.live/v2`.
     */
    const char *base_url;
    /**
     * A PEM file with authorities to trust besides the system's.
     */
    const char *ca_file;
    /**
     * The HTTP proxy to tunnel through, e.g. `http://user:password@proxy.example:3128`. Else `HTTPS_PROXY`, unless
     * `NO_PROXY` names the host. Never used for this machine.
     */
    const char *proxy;
    /**
     * The deadline of a whole call in milliseconds, all attempts and waits included: at most 3,600,000; by default
     * 10,000.
     */
    uint32_t timeout_ms;
    /**
     * The most attempts of one call: 1 to 100, by default 3.
     */
    uint32_t max_attempts;
    /**
     * How many `_async` sends are under way at once, each on a connection, and how many idle connections are kept: 1 to
     * 10,000, by default 64. Calls that wait are not counted.
     */
    uint32_t max_in_flight;
    /**
     * 1 to also try again when it is unknown whether the message was delivered. People may then see a message twice.
     * By default 0; any other number is refused.
     */
    uint32_t retry_unknown;
} roomcast_client_options;

/**
 * Whom a message is for, and what kind it is. Begin with `ROOMCAST_SEND_OPTIONS_INIT`. A member that is NULL is left
 * out: without `peer_id` and `role`, the message goes to everyone in the room. If a pointer may be NULL because a
 * look-up failed, use `roomcast_send_to_peer` or `roomcast_send_to_role`, which refuse NULL.
 *
 * It is read, and its text copied, during the call only: it may be used again, also after an `_async` call.
 */
typedef struct roomcast_send_options {
    /**
     * The size of the struct as the caller knows it, from the macro.
     */
    size_t struct_size;
    /**
     * Only to the connected peer with this id. `roomcast_send_message` only.
     */
    const char *peer_id;
    /**
     * Only to the connected peers with this role, unless `peer_id` is set too. `roomcast_send_message` only.
     */
    const char *role;
    /**
     * The kind of message, e.g. "chat": 100ms passes any text on.
     */
    const char *type;
    /**
     * Where to put a send_result, if one is wanted: each call sets it to NULL or to a send_result that the caller frees with
     * `roomcast_send_result_free`. An `_async` call sets it to NULL: its callback gets the send_result.
     */
    struct roomcast_send_result **send_result;
} roomcast_send_options;

/**
 * How a send that was started ended. Called exactly once for each `_async` call that returned `ROOMCAST_OK`, and never for
 * one that did not; it may be called before the `_async` call has returned.
 *
 * - `user_data` is what the `_async` call was given. The library does not touch it, and after this call has no more use
 *   for it: so this is where to free it.
 * - `status` is `ROOMCAST_OK` if the server took the message; `send_result` is then its send_result and `error` is NULL. Else
 *   `send_result` is NULL and `error` tells why, as in the calls that wait. Both are the callback's: it frees them with
 *   `roomcast_send_result_free` and `roomcast_error_free`, at once or later, on any thread. Both take NULL.
 *
 * It runs on the one thread that does all of the client's `_async` sends, or inside `roomcast_pending_cancel`. What a
 * thread did before its `_async` call, the callback sees. It has a stack of 256 KiB, and while it runs the client's other
 * `_async` sends wait, so it must not wait for one of them, and should be short: say put the result into a queue and wake
 * the thread that waits for it. It may call every function of this header, `roomcast_client_free` too, and may start
 * further sends. It must return: no longjmp, no C++ exception, no pthread_exit.
 */
typedef void (*roomcast_on_done)(void *user_data,
                                 enum roomcast_status status,
                                 struct roomcast_send_result *send_result,
                                 struct roomcast_error *error);

/**
 * Which peers to ask for. Begin with `ROOMCAST_LIST_OPTIONS_INIT`. A member that is NULL is left out: without any, all peers of
 * the room are listed; with both, those that have both. It is read, and its text copied, during the call only.
 */
typedef struct roomcast_list_options {
    /**
     * The size of the struct as the caller knows it, from the macro.
     */
    size_t struct_size;
    /**
     * Only the peers of this user: not blank, at most 256 bytes, compared exactly.
     */
    const char *user_id;
    /**
     * Only the peers that have this role: likewise.
     */
    const char *role;
} roomcast_list_options;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Makes a client. Nothing is sent yet.
 *
 * - `options` may be NULL: everything comes from the environment or is the default.
 * - `*client` is set to the client, which the caller frees with `roomcast_client_free`, or to NULL if it fails.
 * - `error` may be NULL. Else `*error` is set to NULL, or to an error that the caller frees.
 *
 * Fails with `ROOMCAST_CONFIGURATION`, whose text names the option or the variable. From any thread.
 */
enum roomcast_status roomcast_client_new(const struct roomcast_client_options *options,
                                         struct roomcast_client **client,
                                         struct roomcast_error **error);

/**
 * Closes a client: a send that begins from now on fails with `ROOMCAST_CONFIGURATION`, those under way go on to their
 * end, idle connections are closed. The client still has to be freed. Closing twice is fine, and so is NULL. From any
 * thread, also while others send.
 */
void roomcast_client_close(const struct roomcast_client *client);

/**
 * Closes and frees a client. NULL is fine. No other thread may be in a call with it, and nobody may use it afterwards.
 * `_async` sends that were started go on to their end. From any thread, also from a callback.
 */
void roomcast_client_free(struct roomcast_client *client);

/**
 * Sends a message to the peer or the role that `options` names, or to everyone in the room if it names neither, and
 * waits for the server's answer, at most the client's timeout.
 *
 * - `room_id` has 1 to 64 of `A-Z a-z 0-9 _ -`; `message` is UTF-8, not blank, at most 1 MiB. Neither may be NULL.
 * - `options` may be NULL: the message goes to everyone. `peer_id`, `role` and `type` in it are not blank, have at most
 *   256 bytes and no control character. With both, the peer wins and the role is not sent.
 * - `error` may be NULL. Else `*error` is set to NULL, or to an error that the caller frees.
 *
 * Every failure is told by the returned status, and by the error's outcome whether the message left. From any thread.
 */
enum roomcast_status roomcast_send_message(const struct roomcast_client *client,
                                           const char *room_id,
                                           const char *message,
                                           const struct roomcast_send_options *options,
                                           struct roomcast_error **error);

/**
 * Sends a message to one connected peer, and waits for the server's answer. `peer_id` is refused if it is NULL or blank,
 * so that a look-up that failed reaches nobody.
 *
 * `options` may be NULL; `peer_id` and `role` in it must be NULL. All else is as in `roomcast_send_message`.
 */
enum roomcast_status roomcast_send_to_peer(const struct roomcast_client *client,
                                           const char *room_id,
                                           const char *peer_id,
                                           const char *message,
                                           const struct roomcast_send_options *options,
                                           struct roomcast_error **error);

/**
 * Sends a message to every connected peer with a role, and waits for the server's answer. `role` is refused if it is
 * NULL or blank, so that a look-up that failed reaches nobody. If nobody has the role, nobody receives it, and the server
 * says nothing of that.
 *
 * `options` may be NULL; `peer_id` and `role` in it must be NULL. All else is as in `roomcast_send_message`.
 */
enum roomcast_status roomcast_send_to_role(const struct roomcast_client *client,
                                           const char *room_id,
                                           const char *role,
                                           const char *message,
                                           const struct roomcast_send_options *options,
                                           struct roomcast_error **error);

/**
 * Sends a message to everyone in a room, and waits for the server's answer.
 *
 * `options` may be NULL; `peer_id` and `role` in it must be NULL. All else is as in `roomcast_send_message`.
 */
enum roomcast_status roomcast_broadcast(const struct roomcast_client *client,
                                        const char *room_id,
                                        const char *message,
                                        const struct roomcast_send_options *options,
                                        struct roomcast_error **error);

/**
 * Starts to send a message to the peer or the role that `options` names, or to everyone in the room if it names neither,
 * and returns at once. How it ended is told to `on_done`.
 *
 * - `room_id`, `message` and `options` are as in `roomcast_send_message`; they are copied, and may be freed once this has
 *   returned. `options->send_result`, if it is set, is set to NULL: the callback gets the send_result.
 * - `on_done` must not be NULL; `user_data` is handed to it, and may be NULL.
 * - `pending` may be NULL. Else `*pending` is set to a handle with which to give the send up, which the caller frees with
 *   `roomcast_pending_free` at any time, or to NULL if this fails.
 * - `error` may be NULL. Else `*error` is set to NULL, or to an error that the caller frees.
 *
 * Returns `ROOMCAST_OK` if the send was started. Else nothing was sent, and `on_done` is not called: an argument was refused
 * (`ROOMCAST_INVALID_REQUEST`), the client is NULL or closed (`ROOMCAST_CONFIGURATION`), or the system gives no thread
 * (`ROOMCAST_CONNECTION`). At most `max_in_flight` sends are under way at once, the others wait in line; the timeout counts
 * from this call. From any thread.
 */
enum roomcast_status roomcast_send_message_async(const struct roomcast_client *client,
                                                 const char *room_id,
                                                 const char *message,
                                                 const struct roomcast_send_options *options,
                                                 roomcast_on_done on_done,
                                                 void *user_data,
                                                 struct roomcast_pending **pending,
                                                 struct roomcast_error **error);

/**
 * Starts to send a message to one connected peer, and returns at once. `peer_id` is refused if it is NULL or blank, so
 * that a look-up that failed reaches nobody.
 *
 * `options` may be NULL; `peer_id` and `role` in it must be NULL. All else is as in `roomcast_send_message_async`.
 */
enum roomcast_status roomcast_send_to_peer_async(const struct roomcast_client *client,
                                                 const char *room_id,
                                                 const char *peer_id,
                                                 const char *message,
                                                 const struct roomcast_send_options *options,
                                                 roomcast_on_done on_done,
                                                 void *user_data,
                                                 struct roomcast_pending **pending,
                                                 struct roomcast_error **error);

/**
 * Starts to send a message to every connected peer with a role, and returns at once. `role` is refused if it is NULL or
 * blank, so that a look-up that failed reaches nobody.
 *
 * `options` may be NULL; `peer_id` and `role` in it must be NULL. All else is as in `roomcast_send_message_async`.
 */
enum roomcast_status roomcast_send_to_role_async(const struct roomcast_client *client,
                                                 const char *room_id,
                                                 const char *role,
                                                 const char *message,
                                                 const struct roomcast_send_options *options,
                                                 roomcast_on_done on_done,
                                                 void *user_data,
                                                 struct roomcast_pending **pending,
                                                 struct roomcast_error **error);

/**
 * Starts to send a message to everyone in a room, and returns at once.
 *
 * `options` may be NULL; `peer_id` and `role` in it must be NULL. All else is as in `roomcast_send_message_async`.
 */
enum roomcast_status roomcast_broadcast_async(const struct roomcast_client *client,
                                              const char *room_id,
                                              const char *message,
                                              const struct roomcast_send_options *options,
                                              roomcast_on_done on_done,
                                              void *user_data,
                                              struct roomcast_pending **pending,
                                              struct roomcast_error **error);

/**
 * Gives a send up, now: its callback is called, on this thread and before this returns, with `ROOMCAST_CANCELLED`. The
 * error's outcome tells the truth: `ROOMCAST_OUTCOME_NOT_SENT` if the message had not begun to leave, and then it never
 * does; else `ROOMCAST_OUTCOME_UNKNOWN`.
 *
 * Does nothing if the callback was called already, or is being called on another thread; nor in a forked child, if the
 * parent started the send. NULL is fine. From any thread, and from callbacks; not while holding a lock that the callback
 * takes.
 */
void roomcast_pending_cancel(const struct roomcast_pending *pending);

/**
 * Frees the handle. The send goes on, and its callback will be called. NULL is fine. No other thread may be using the
 * handle.
 */
void roomcast_pending_free(struct roomcast_pending *pending);

/**
 * Asks for the peers of a room, and waits for the server's answer, at most the client's timeout. Asking changes nothing, so
 * unlike a send it is tried again, too, when it is unknown whether the server has read it.
 *
 * - `room_id` has 1 to 64 of `A-Z a-z 0-9 _ -`, and may not be NULL.
 * - `options` may be NULL: all peers. If a pointer in it may be NULL because a look-up failed, use
 *   `roomcast_list_peers_of_user`, which refuses NULL.
 * - `*peers` is set to the peers, in the order of their ids, none if nobody in the room is asked for, which the caller frees
 *   with `roomcast_peers_free`; or to NULL if it fails.
 * - `error` may be NULL. Else `*error` is set to NULL, or to an error that the caller frees.
 *
 * Fails as `roomcast_send_message`, with `ROOMCAST_NOT_FOUND` if nobody is in the room, and with `ROOMCAST_PROTOCOL` also if the
 * answer does not hold what was asked for, or has more than 16 MiB. From any thread.
 */
enum roomcast_status roomcast_list_peers(const struct roomcast_client *client,
                                         const char *room_id,
                                         const struct roomcast_list_options *options,
                                         struct roomcast_peers **peers,
                                         struct roomcast_error **error);

/**
 * Asks for the peers of one user in a room: one for each device or tab that they joined with. `user_id` is refused if it is
 * NULL or blank, so that a look-up that failed does not list everybody. All else is as in `roomcast_list_peers`.
 */
enum roomcast_status roomcast_list_peers_of_user(const struct roomcast_client *client,
                                                 const char *room_id,
                                                 const char *user_id,
                                                 struct roomcast_peers **peers,
                                                 struct roomcast_error **error);

/**
 * How many peers there are; 0 for NULL.
 */
size_t roomcast_peers_count(const struct roomcast_peers *peers);

/**
 * The id of a peer, counted from 0. Messages can be sent to it while it is in the room; who joins again has another one. It
 * can be given to `roomcast_send_to_peer` as it is.
 */
const char *roomcast_peers_peer_id(const struct roomcast_peers *peers,
                                   size_t index);

/**
 * The name that the peer shows.
 */
const char *roomcast_peers_name(const struct roomcast_peers *peers, size_t index);

/**
 * The user, as your peer token named them: the same each time they join. "" if it named none.
 */
const char *roomcast_peers_user_id(const struct roomcast_peers *peers, size_t index);

/**
 * What the peer says of itself, mostly JSON. It is the peer's own word.
 */
const char *roomcast_peers_metadata(const struct roomcast_peers *peers, size_t index);

/**
 * The role that the peer has now.
 */
const char *roomcast_peers_role(const struct roomcast_peers *peers, size_t index);

/**
 * When the peer joined, in milliseconds since 1970 began, in UTC; -1 if the server told no time, past the last peer, or for
 * NULL.
 */
int64_t roomcast_peers_joined_at_ms(const struct roomcast_peers *peers,
                                    size_t index);

/**
 * Frees peers and their texts. NULL is fine.
 */
void roomcast_peers_free(struct roomcast_peers *peers);

/**
 * Asks for a room that somebody is in, and waits for the server's answer, at most the client's timeout.
 *
 * - `room_id` has 1 to 64 of `A-Z a-z 0-9 _ -`, and may not be NULL.
 * - `*room` is set to the room, which the caller frees with `roomcast_room_free`, or to NULL if it fails.
 * - `error` may be NULL. Else `*error` is set to NULL, or to an error that the caller frees.
 *
 * All else is as in `roomcast_list_peers`.
 */
enum roomcast_status roomcast_get_room(const struct roomcast_client *client,
                                       const char *room_id,
                                       struct roomcast_room **room,
                                       struct roomcast_error **error);

/**
 * The room's id.
 */
const char *roomcast_room_id(const struct roomcast_room *room);

/**
 * The room's name.
 */
const char *roomcast_room_name(const struct roomcast_room *room);

/**
 * The 100ms account that it belongs to.
 */
const char *roomcast_room_customer_id(const struct roomcast_room *room);

/**
 * The session: a room's, from its first peer to its last.
 */
const char *roomcast_room_session_id(const struct roomcast_room *room);

/**
 * When the session began, in milliseconds since 1970 began, in UTC; -1 if the server told no time, or for NULL.
 */
int64_t roomcast_room_created_at_ms(const struct roomcast_room *room);

/**
 * How many peers are in the room; 0 for NULL.
 */
size_t roomcast_room_peer_count(const struct roomcast_room *room);

/**
 * The id of a peer in the room, counted from 0, as the server orders them.
 */
const char *roomcast_room_peer_id(const struct roomcast_room *room, size_t index);

/**
 * Frees a room and its texts. NULL is fine.
 */
void roomcast_room_free(struct roomcast_room *room);

/**
 * Makes a reader of webhooks.
 *
 * - `secret` is the value of the header that was set for the webhook in 100ms's dashboard: visible ASCII characters, with
 *   spaces only between them, at most 4,096. It is copied.
 * - `*webhooks` is set to the reader, which the caller frees with `roomcast_webhooks_free`, or to NULL if it fails.
 * - `error` may be NULL. Else `*error` is set to NULL, or to an error that the caller frees.
 *
 * Fails with `ROOMCAST_CONFIGURATION`. From any thread.
 */
enum roomcast_status roomcast_webhooks_new(const char *secret,
                                           struct roomcast_webhooks **webhooks,
                                           struct roomcast_error **error);

/**
 * Reads a request.
 *
 * - `given` is the value of the request's secret header, or NULL if it had none. It is compared first, in a time that tells
 *   nothing of the secret.
 * - `body` is the body as it came, `body_size` bytes, at most 1 MiB; it needs no NUL byte at its end. Have your server
 *   refuse longer ones before it has read them.
 * - `*event` is set to the event, which the caller frees with `roomcast_event_free`, or to NULL if it fails.
 * - `error` may be NULL. Else `*error` is set to NULL, or to an error that the caller frees. It holds neither the secret, nor
 *   the header, nor a word of the body; `roomcast_error_http_status` is what to answer with.
 *
 * Fails with `ROOMCAST_WRONG_SECRET`, `ROOMCAST_TOO_LARGE` or `ROOMCAST_INVALID_BODY`; and with `ROOMCAST_INVALID_REQUEST` if
 * another argument is NULL.
 *
 * That an event was read does not mean that it is new: 100ms sends it again if it gets no 200. Remember the id of each event
 * that was acted upon. From any thread.
 */
enum roomcast_status roomcast_webhooks_read(const struct roomcast_webhooks *webhooks,
                                            const char *given,
                                            const void *body,
                                            size_t body_size,
                                            struct roomcast_event **event,
                                            struct roomcast_error **error);

/**
 * Frees a reader. NULL is fine. No other thread may be in a call with it, and nobody may use it afterwards. Events that it
 * read stay.
 */
void roomcast_webhooks_free(struct roomcast_webhooks *webhooks);

/**
 * What it is about, and so which of the functions below have an answer.
 */
enum roomcast_known_event roomcast_event_kind(const struct roomcast_event *event);

/**
 * The event's own id, the same each time it is sent: remember it, so as to act once. "" only for NULL.
 */
const char *roomcast_event_id(const struct roomcast_event *event);

/**
 * What happened: "peer.join.success", "session.open.success" and so on. "" only for NULL.
 */
const char *roomcast_event_type(const struct roomcast_event *event);

/**
 * The version of 100ms's format: "2.0".
 */
const char *roomcast_event_version(const struct roomcast_event *event);

/**
 * The 100ms account it happened in.
 */
const char *roomcast_event_account_id(const struct roomcast_event *event);

/**
 * When it happened, in milliseconds since 1970 began, in UTC; -1 if 100ms told no time, or for NULL.
 */
int64_t roomcast_event_timestamp_ms(const struct roomcast_event *event);

/**
 * Whether 100ms says that it sends it once more, at somebody's request. Its retries do not say so. False for NULL.
 */
bool roomcast_event_is_replay(const struct roomcast_event *event);

/**
 * All that is told of it: a JSON object, as text.
 */
const char *roomcast_event_data(const struct roomcast_event *event);

/**
 * The peer that joined or left. Messages can be sent to it while it is in the room; who joins again has another one. It can be
 * given to `roomcast_send_to_peer` as it is.
 */
const char *roomcast_event_peer_id(const struct roomcast_event *event);

/**
 * The room that the peer joined or left.
 */
const char *roomcast_event_room_id(const struct roomcast_event *event);

/**
 * The user, as your peer token named them: the same each time they join. "" if it named none.
 */
const char *roomcast_event_user_id(const struct roomcast_event *event);

/**
 * The role that the peer joined with; it may have another one by now.
 */
const char *roomcast_event_role(const struct roomcast_event *event);

/**
 * The name that the peer shows.
 */
const char *roomcast_event_user_name(const struct roomcast_event *event);

/**
 * What the peer says of itself, mostly JSON. It is the peer's own word.
 */
const char *roomcast_event_user_data(const struct roomcast_event *event);

/**
 * "regular", or "sip" for a telephone.
 */
const char *roomcast_event_peer_type(const struct roomcast_event *event);

/**
 * The room's name.
 */
const char *roomcast_event_room_name(const struct roomcast_event *event);

/**
 * The session: a room's, from its first peer to its last.
 */
const char *roomcast_event_session_id(const struct roomcast_event *event);

/**
 * The template that the room was made with.
 */
const char *roomcast_event_template_id(const struct roomcast_event *event);

/**
 * When the peer joined, in milliseconds since 1970 began, in UTC; -1 if 100ms told no time, or for NULL.
 */
int64_t roomcast_event_joined_at_ms(const struct roomcast_event *event);

/**
 * When the session began, likewise.
 */
int64_t roomcast_event_session_started_at_ms(const struct roomcast_event *event);

/**
 * When the peer left, likewise.
 */
int64_t roomcast_event_left_at_ms(const struct roomcast_event *event);

/**
 * How long the peer that left was in the room, in milliseconds; -1 if 100ms did not tell, or for NULL.
 */
int64_t roomcast_event_duration_ms(const struct roomcast_event *event);

/**
 * Why the peer left, in 100ms's words: "client request", "websocket closed" and so on.
 */
const char *roomcast_event_reason(const struct roomcast_event *event);

/**
 * Frees an event and its texts. NULL is fine.
 */
void roomcast_event_free(struct roomcast_event *event);

/**
 * The server's own words, "message sent"; "" if it had none, or for NULL. It lives as long as the send_result.
 */
const char *roomcast_send_result_message(const struct roomcast_send_result *send_result);

/**
 * The attempts that it took, 1 or more; 0 for NULL.
 */
uint32_t roomcast_send_result_attempts(const struct roomcast_send_result *send_result);

/**
 * Frees a send_result and its text. NULL is fine.
 */
void roomcast_send_result_free(struct roomcast_send_result *send_result);

/**
 * What went wrong: the status that the call returned. `ROOMCAST_OK` for NULL.
 */
enum roomcast_status roomcast_error_kind(const struct roomcast_error *error);

/**
 * The kind's name, e.g. "invalid_request"; "ok" for NULL. Never freed.
 */
const char *roomcast_error_kind_name(const struct roomcast_error *error);

/**
 * What is known of the message: this is what to act on. `ROOMCAST_OUTCOME_NONE` for a webhook that was refused, and for NULL.
 */
enum roomcast_outcome roomcast_error_outcome(const struct roomcast_error *error);

/**
 * The outcome's name: "not_sent", "rejected" or "unknown"; "" for a webhook that was refused, and for NULL. Never freed.
 */
const char *roomcast_error_outcome_name(const struct roomcast_error *error);

/**
 * The whole text for a log: what happened, what that means for the message, and what to do. "" for NULL.
 */
const char *roomcast_error_message(const struct roomcast_error *error);

/**
 * The HTTP status of the last answer; of a webhook that was refused, the one to answer with. 0 if there is none, or for NULL.
 */
uint16_t roomcast_error_http_status(const struct roomcast_error *error);

/**
 * The server's own code: true if its answer had one, which is then written to `*code`. Else false, and `*code` is left
 * as it is. `code` may be NULL.
 */
bool roomcast_error_server_code(const struct roomcast_error *error,
                                int64_t *code);

/**
 * The server's own message, at most 1,024 bytes; NULL if its answer had none, or for NULL.
 */
const char *roomcast_error_server_message(const struct roomcast_error *error);

/**
 * How many details the server gave: at most 16; 0 for NULL.
 */
size_t roomcast_error_detail_count(const struct roomcast_error *error);

/**
 * One of the server's details, counted from 0; NULL past the last, or for NULL.
 */
const char *roomcast_error_detail(const struct roomcast_error *error, size_t index);

/**
 * How long the server asked to wait, in milliseconds from its answer; -1 if it did not, or for NULL.
 */
int64_t roomcast_error_retry_after_ms(const struct roomcast_error *error);

/**
 * Attempts that were begun: 0 if an argument was refused, or for NULL.
 */
uint32_t roomcast_error_attempts(const struct roomcast_error *error);

/**
 * Frees an error and its texts. NULL is fine.
 */
void roomcast_error_free(struct roomcast_error *error);

/**
 * The name of a status, the same in every language: "invalid_request", "timeout" and so on; "ok" for `ROOMCAST_OK`, "" for
 * a number that this version does not know.
 *
 * Takes an int, so that every number is safe to ask for. Never NULL, never freed, from any thread.
 */
const char *roomcast_status_name(int status);

/**
 * The version of the library that runs, for example "0.1.0". `ROOMCAST_VERSION` is that of the header.
 *
 * Never NULL, never freed, from any thread.
 */
const char *roomcast_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* ROOMCAST_H */
