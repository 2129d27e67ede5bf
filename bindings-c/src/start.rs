//! Sending without waiting: a callback gets the result, or the completion queue.

use std::ffi::{c_char, c_void};

use roomcast_core::{Error, Operation, Outcome, Response};

use crate::client::roomcast_client;
use crate::completion_queue::Place;
use crate::error::roomcast_error;
use crate::ffi::Output;
use crate::guard::run;
use crate::options::roomcast_send_options;
use crate::panics::guarded;
use crate::pending::roomcast_pending;
use crate::send_arguments::{SendArguments, Target};
use crate::send_result::roomcast_send_result;
use crate::status::{ROOMCAST_OK, roomcast_status};

/// The callback of an `_async` function. It is called exactly once for each `_async` call that returned `ROOMCAST_OK`, and
/// never for one that did not. It may be called before the `_async` call has returned. If it is NULL, the result goes to the client's
/// completion queue instead, and the caller collects it on a thread of its own: see `roomcast_client_next`.
///
/// - `user_data` is the pointer that the `_async` call was given. The library does not dereference it, and does not use it
///   after this call: free it here.
/// - `status` is `ROOMCAST_OK` if the server accepted the message, else the kind of the error.
/// - `send_result` is the result on success, else NULL.
/// - `error` is the error on failure, else NULL.
///
/// The callback owns `send_result` and `error`. It frees them with `roomcast_send_result_free` and `roomcast_error_free`,
/// which accept NULL, now or later and on any thread.
///
/// Thread: the callback runs on the one thread that performs all `_async` sends of the client, or inside
/// `roomcast_pending_cancel`. It sees everything that the calling thread wrote before its `_async` call. The thread's stack
/// has 256 KiB. While the callback runs, the client's other `_async` sends make no progress: it should be short, e.g. put
/// the result into a queue and wake another thread, and it must not wait for another `_async` send of the client.
///
/// It may call every function of this header, also `roomcast_client_free`, and may start further sends; but not those that
/// would wait for this thread, forever: `roomcast_send_many`, the blocking sends to several recipients, `roomcast_client_drain` and
/// `roomcast_client_wait`, with the same client.
/// It must return: no longjmp, no C++ exception, no pthread_exit.
#[allow(non_camel_case_types)]
pub type roomcast_on_done = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        status: roomcast_status,
        send_result: *mut roomcast_send_result,
        error: *mut roomcast_error,
    ),
>;

/// Starts to send a message to the peer or the role that `options` names, or to everyone in the room if `options` is NULL or
/// says so in its `audience`, and returns immediately. `on_done` is called with the result; if it is NULL, the result goes to the
/// client's completion queue.
///
/// - `client` must not be NULL, nor closed. It may be freed before the send has ended.
/// - `room_id`, `message` and `options` are as in `roomcast_send_message`. They are copied, and may be freed once this
///   function has returned. `options->send_result`, if set, is set to NULL: the callback or the queue gets the result.
/// - `on_done` is called once, if this function returns `ROOMCAST_OK`. If it is NULL, there will be one result in the client's
///   completion queue instead: see `roomcast_client_next`.
/// - `user_data` is passed to `on_done`, or comes back as `roomcast_completion_user_data`. May be NULL.
/// - `pending` may be NULL. Otherwise `*pending` is set to a handle for cancelling the send, or to NULL on failure. The
///   caller frees it with `roomcast_pending_free`, at any time.
/// - `error` may be NULL. Otherwise `*error` is set to NULL if the send was started, or to an error that the caller frees
///   with `roomcast_error_free`.
///
/// Returns `ROOMCAST_OK` if the send was started. Otherwise nothing was sent, `on_done` is not called, the completion queue gets no
/// result, and it returns
///
/// - `ROOMCAST_INVALID_REQUEST` if an argument is not valid,
/// - `ROOMCAST_CONFIGURATION` if the client is NULL or closed,
/// - `ROOMCAST_CONNECTION` if the system cannot start a thread;
/// - `ROOMCAST_QUEUE_FULL` if the queue holds 64 MiB of messages; with `on_done` NULL also if the completion queue holds 64 MiB:
///   the results that were not collected, with 512 bytes for each of them and for each operation that is to bring one. No
///   operation that was started is ever without a place for its result, however large that is.
///
/// At most `max_in_flight` sends of a client are in flight at once, the others are queued. The timeout counts from this
/// call. Callable from any thread.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_send_message_async(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    message: *const c_char,
    options: *const roomcast_send_options,
    on_done: roomcast_on_done,
    user_data: *mut c_void,
    pending: *mut *mut roomcast_pending,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let arguments = SendArguments { method: "send_message", client, room_id, target: None, message, options };
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { start(arguments, on_done, user_data, pending, error) }
}

/// Starts to send a message to one connected peer, and returns immediately.
///
/// - If `peer_id` is NULL or blank, the call fails with `ROOMCAST_INVALID_REQUEST`: a failed look-up reaches nobody.
/// - `options` may be NULL; its `peer_id` and `role` must be NULL, and its `audience` 0.
///
/// All else as in `roomcast_send_message_async`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_send_to_peer_async(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    peer_id: *const c_char,
    message: *const c_char,
    options: *const roomcast_send_options,
    on_done: roomcast_on_done,
    user_data: *mut c_void,
    pending: *mut *mut roomcast_pending,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let arguments = SendArguments {
        method: "send_to_peer",
        client,
        room_id,
        target: Some(("peer_id", Target::One(peer_id))),
        message,
        options,
    };
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { start(arguments, on_done, user_data, pending, error) }
}

/// Starts to send a message to every connected peer with a role, and returns immediately.
///
/// - If `role` is NULL or blank, the call fails with `ROOMCAST_INVALID_REQUEST`: a failed look-up reaches nobody.
/// - `options` may be NULL; its `peer_id` and `role` must be NULL, and its `audience` 0.
///
/// All else as in `roomcast_send_message_async`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_send_to_role_async(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    role: *const c_char,
    message: *const c_char,
    options: *const roomcast_send_options,
    on_done: roomcast_on_done,
    user_data: *mut c_void,
    pending: *mut *mut roomcast_pending,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let arguments = SendArguments {
        method: "send_to_role",
        client,
        room_id,
        target: Some(("role", Target::One(role))),
        message,
        options,
    };
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { start(arguments, on_done, user_data, pending, error) }
}

/// Starts to send a message to everyone in a room, and returns immediately.
///
/// `options` may be NULL; its `peer_id` and `role` must be NULL, and it needs no `audience`. All else as in
/// `roomcast_send_message_async`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_broadcast_async(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    message: *const c_char,
    options: *const roomcast_send_options,
    on_done: roomcast_on_done,
    user_data: *mut c_void,
    pending: *mut *mut roomcast_pending,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let arguments = SendArguments { method: "broadcast", client, room_id, target: None, message, options };
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { start(arguments, on_done, user_data, pending, error) }
}

/// # Safety
/// As [`SendArguments::into_operation`], and as [`start_operation`].
pub(crate) unsafe fn start<T: TryFrom<Response, Error = Error> + 'static>(
    arguments: SendArguments<'_>,
    on_done: Option<OnDone<T>>,
    user_data: *mut c_void,
    pending: *mut *mut roomcast_pending,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: guaranteed by the caller.
    let convert = || unsafe { arguments.into_operation() }.map(|(client, operation, _)| (client, operation));
    // SAFETY: guaranteed by the caller.
    unsafe { start_operation(convert, on_done, user_data, pending, error) }
}

/// Starts the operation that `convert` makes of the arguments. The result goes to `on_done` or, without one, to the client's completion
/// queue.
///
/// # Safety
/// `pending` and `error` are NULL or may be written to; `on_done` and `user_data` are as [`roomcast_on_done`] demands.
pub(crate) unsafe fn start_operation<'a, T: TryFrom<Response, Error = Error> + 'static>(
    convert: impl FnOnce() -> Result<(&'a roomcast_client, Operation<'static>), Error>,
    on_done: Option<OnDone<T>>,
    user_data: *mut c_void,
    pending: *mut *mut roomcast_pending,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: guaranteed by the caller.
    let (pending, error) = unsafe { (Output::new(pending), Output::new(error)) };
    run(error, Outcome::Unknown, || {
        pending.clear();
        let (client, operation) = convert()?;
        let receiver = match on_done {
            Some(on_done) => Receiver::Callback(Callback { on_done, user_data }),
            None => Receiver::Queue(client.completions.current().reserve(user_data)?),
        };
        let (handle, slot) = roomcast_pending::new();
        pending.set(handle);
        // From here on the callback may run, and free whatever the caller passed: touch nothing of it on success.
        match client.core.start(operation, move |result| receiver.receive(result)) {
            Ok(send) => {
                let _ = slot.set(send);
                Ok(())
            }
            Err(failure) => {
                pending.free();
                Err(failure)
            }
        }
    })
}

/// Where the result goes.
enum Receiver<T> {
    Callback(Callback<T>),
    Queue(Place),
}

impl<T: TryFrom<Response, Error = Error>> Receiver<T> {
    fn receive(self, result: Result<Response, Error>) {
        match self {
            Receiver::Callback(callback) => callback.call(result),
            Receiver::Queue(place) => place.fill(result),
        }
    }
}

/// A callback that gets a `T` on success.
pub(crate) type OnDone<T> = unsafe extern "C" fn(*mut c_void, roomcast_status, *mut T, *mut roomcast_error);

/// The caller's callback.
struct Callback<T> {
    on_done: OnDone<T>,
    user_data: *mut c_void,
}

// SAFETY: a function may be called from any thread. `user_data` is only passed on, once, and `roomcast_on_done` documents
// that another thread gets it.
unsafe impl<T> Send for Callback<T> {}

impl<T: TryFrom<Response, Error = Error>> Callback<T> {
    fn call(self, result: Result<Response, Error>) {
        let none = (std::ptr::null_mut(), std::ptr::null_mut());
        let (status, (response, error)) =
            guarded((roomcast_status::ROOMCAST_INTERNAL, none), || match result.and_then(T::try_from) {
                Ok(response) => (ROOMCAST_OK, (Box::into_raw(Box::new(response)), none.1)),
                Err(failure) => {
                    let failure = roomcast_error::new(&failure);
                    (failure.kind, (none.0, Box::into_raw(Box::new(failure))))
                }
            });
        // SAFETY: the caller passed a function of this type. It owns the handles from here on.
        unsafe { (self.on_done)(self.user_data, status, response, error) }
    }
}
