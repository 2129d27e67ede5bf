//! Sending, and waiting for the server's answer.

use std::ffi::c_char;

use roomcast_core::Outcome;

use crate::client::roomcast_client;
use crate::error::roomcast_error;
use crate::ffi::Output;
use crate::given::Given;
use crate::guard::run;
use crate::options::roomcast_send_options;
use crate::send_result::roomcast_send_result;
use crate::status::roomcast_status;

/// Sends a message to the peer or the role that `options` names, or to everyone in the room if it names neither, and
/// waits for the server's answer, at most the client's timeout.
///
/// - `room_id` has 1 to 64 of `A-Z a-z 0-9 _ -`; `message` is UTF-8, not blank, at most 1 MiB. Neither may be NULL.
/// - `options` may be NULL: the message goes to everyone. `peer_id`, `role` and `type` in it are not blank, have at most
///   256 bytes and no control character. With both, the peer wins and the role is not sent.
/// - `error` may be NULL. Else `*error` is set to NULL, or to an error that the caller frees.
///
/// Every failure is told by the returned status, and by the error's outcome whether the message left. From any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_send_message(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    message: *const c_char,
    options: *const roomcast_send_options,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let given = Given { method: "send_message", client, room_id, target: None, message, options };
    // SAFETY: as documented.
    unsafe { send(given, error) }
}

/// Sends a message to one connected peer, and waits for the server's answer. `peer_id` is refused if it is NULL or blank,
/// so that a look-up that failed reaches nobody.
///
/// `options` may be NULL; `peer_id` and `role` in it must be NULL. All else is as in `roomcast_send_message`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_send_to_peer(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    peer_id: *const c_char,
    message: *const c_char,
    options: *const roomcast_send_options,
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
    unsafe { send(given, error) }
}

/// Sends a message to every connected peer with a role, and waits for the server's answer. `role` is refused if it is
/// NULL or blank, so that a look-up that failed reaches nobody. If nobody has the role, nobody receives it, and the server
/// says nothing of that.
///
/// `options` may be NULL; `peer_id` and `role` in it must be NULL. All else is as in `roomcast_send_message`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_send_to_role(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    role: *const c_char,
    message: *const c_char,
    options: *const roomcast_send_options,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let given =
        Given { method: "send_to_role", client, room_id, target: Some(("role", role)), message, options };
    // SAFETY: as documented.
    unsafe { send(given, error) }
}

/// Sends a message to everyone in a room, and waits for the server's answer.
///
/// `options` may be NULL; `peer_id` and `role` in it must be NULL. All else is as in `roomcast_send_message`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_broadcast(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    message: *const c_char,
    options: *const roomcast_send_options,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let given = Given { method: "broadcast", client, room_id, target: None, message, options };
    // SAFETY: as documented.
    unsafe { send(given, error) }
}

/// # Safety
/// As [`Given::read`]; and `error` is NULL or a place for an error.
unsafe fn send(given: Given<'_>, error: *mut *mut roomcast_error) -> roomcast_status {
    // SAFETY: the caller vouches for it.
    let error = unsafe { Output::new(error) };
    run(error, Outcome::Unknown, || {
        // SAFETY: the caller vouches for it.
        let (client, operation, result) = unsafe { given.read() }?;
        result.put(roomcast_send_result::new(&client.execute(operation)?.try_into()?));
        Ok(())
    })
}
