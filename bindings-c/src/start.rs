//! Sending without waiting: the answer comes to a callback, on the client's thread.

use std::ffi::{c_char, c_void};

use roomcast_core::{Argument, Error, Outcome, Response, SendResult};

use crate::client::roomcast_client;
use crate::error::roomcast_error;
use crate::ffi::Output;
use crate::given::Given;
use crate::guard::run;
use crate::options::roomcast_send_options;
use crate::panics::guarded;
use crate::pending::roomcast_pending;
use crate::send_result::roomcast_send_result;
use crate::status::{ROOMCAST_OK, roomcast_status};

/// How a send that was started ended. Called exactly once for each `_async` call that returned `ROOMCAST_OK`, and never for
/// one that did not; it may be called before the `_async` call has returned.
///
/// - `user_data` is what the `_async` call was given. The library does not touch it, and after this call has no more use
///   for it: so this is where to free it.
/// - `status` is `ROOMCAST_OK` if the server took the message; `send_result` is then its send_result and `error` is NULL. Else
///   `send_result` is NULL and `error` tells why, as in the calls that wait. Both are the callback's: it frees them with
///   `roomcast_send_result_free` and `roomcast_error_free`, at once or later, on any thread. Both take NULL.
///
/// It runs on the one thread that does all of the client's `_async` sends, or inside `roomcast_pending_cancel`. What a
/// thread did before its `_async` call, the callback sees. It has a stack of 256 KiB, and while it runs the client's other
/// `_async` sends wait, so it must not wait for one of them, and should be short: say put the result into a queue and wake
/// the thread that waits for it. It may call every function of this header, `roomcast_client_free` too, and may start
/// further sends. It must return: no longjmp, no C++ exception, no pthread_exit.
#[allow(non_camel_case_types)]
pub type roomcast_on_done = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        status: roomcast_status,
        send_result: *mut roomcast_send_result,
        error: *mut roomcast_error,
    ),
>;

/// Starts to send a message to the peer or the role that `options` names, or to everyone in the room if it names neither,
/// and returns at once. How it ended is told to `on_done`.
///
/// - `room_id`, `message` and `options` are as in `roomcast_send_message`; they are copied, and may be freed once this has
///   returned. `options->send_result`, if it is set, is set to NULL: the callback gets the send_result.
/// - `on_done` must not be NULL; `user_data` is handed to it, and may be NULL.
/// - `pending` may be NULL. Else `*pending` is set to a handle with which to give the send up, which the caller frees with
///   `roomcast_pending_free` at any time, or to NULL if this fails.
/// - `error` may be NULL. Else `*error` is set to NULL, or to an error that the caller frees.
///
/// Returns `ROOMCAST_OK` if the send was started. Else nothing was sent, and `on_done` is not called: an argument was refused
/// (`ROOMCAST_INVALID_REQUEST`), the client is NULL or closed (`ROOMCAST_CONFIGURATION`), or the system gives no thread
/// (`ROOMCAST_CONNECTION`). At most `max_in_flight` sends are under way at once, the others wait in line; the timeout counts
/// from this call. From any thread.
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
    let given = Given { method: "send_message", client, room_id, target: None, message, options };
    // SAFETY: as documented.
    unsafe { start(given, on_done, user_data, pending, error) }
}

/// Starts to send a message to one connected peer, and returns at once. `peer_id` is refused if it is NULL or blank, so
/// that a look-up that failed reaches nobody.
///
/// `options` may be NULL; `peer_id` and `role` in it must be NULL. All else is as in `roomcast_send_message_async`.
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
    let given = Given {
        method: "send_to_peer",
        client,
        room_id,
        target: Some(("peer_id", peer_id)),
        message,
        options,
    };
    // SAFETY: as documented.
    unsafe { start(given, on_done, user_data, pending, error) }
}

/// Starts to send a message to every connected peer with a role, and returns at once. `role` is refused if it is NULL or
/// blank, so that a look-up that failed reaches nobody.
///
/// `options` may be NULL; `peer_id` and `role` in it must be NULL. All else is as in `roomcast_send_message_async`.
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
    let given =
        Given { method: "send_to_role", client, room_id, target: Some(("role", role)), message, options };
    // SAFETY: as documented.
    unsafe { start(given, on_done, user_data, pending, error) }
}

/// Starts to send a message to everyone in a room, and returns at once.
///
/// `options` may be NULL; `peer_id` and `role` in it must be NULL. All else is as in `roomcast_send_message_async`.
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
    let given = Given { method: "broadcast", client, room_id, target: None, message, options };
    // SAFETY: as documented.
    unsafe { start(given, on_done, user_data, pending, error) }
}

/// # Safety
/// As [`Given::read`]; `pending` and `error` are NULL or places for their handles; `on_done` and `user_data` are as
/// [`roomcast_on_done`] says.
unsafe fn start(
    given: Given<'_>,
    on_done: roomcast_on_done,
    user_data: *mut c_void,
    pending: *mut *mut roomcast_pending,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: the caller vouches for both.
    let (pending, error) = unsafe { (Output::new(pending), Output::new(error)) };
    run(error, Outcome::Unknown, || {
        pending.clear();
        // SAFETY: the caller vouches for it.
        let (client, operation, _) = unsafe { given.read() }?;
        let Some(on_done) = on_done else {
            return Err(Error::wrong_argument("on_done", &Argument::Null, "a function"));
        };
        let callback = Callback { on_done, user_data };
        let (handle, place) = roomcast_pending::new();
        pending.put(handle);
        // From here on the callback may come, after which nothing of the caller's may be touched.
        match client.start(operation, move |result| callback.call(result)) {
            Ok(send) => {
                let _ = place.set(send);
                Ok(())
            }
            Err(failure) => {
                pending.take_back();
                Err(failure)
            }
        }
    })
}

/// Whom to tell.
struct Callback {
    on_done:
        unsafe extern "C" fn(*mut c_void, roomcast_status, *mut roomcast_send_result, *mut roomcast_error),
    user_data: *mut c_void,
}

// SAFETY: a function may be called from any thread. `user_data` is only handed over, once, and the caller was told that
// another thread will get it.
unsafe impl Send for Callback {}

impl Callback {
    fn call(self, result: Result<Response, Error>) {
        let result: Result<SendResult, Error> = result.and_then(TryInto::try_into);
        let none = (std::ptr::null_mut(), std::ptr::null_mut());
        let (status, (send_result, error)) =
            guarded((roomcast_status::ROOMCAST_INTERNAL, none), || match result {
                Ok(taken) => {
                    (ROOMCAST_OK, (Box::into_raw(Box::new(roomcast_send_result::new(&taken))), none.1))
                }
                Err(failure) => {
                    let failure = roomcast_error::new(&failure);
                    (failure.kind, (none.0, Box::into_raw(Box::new(failure))))
                }
            });
        // SAFETY: whoever started the send gave a function of this type, which now owns the handles.
        unsafe { (self.on_done)(self.user_data, status, send_result, error) }
    }
}
