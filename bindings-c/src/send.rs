//! Sending, and waiting for the server's answer.

use std::ffi::c_char;

use roomcast_core::{Argument, Call, Method, Outcome, Spelling};

use crate::client::{configuration, roomcast_client};
use crate::error::roomcast_error;
use crate::ffi::{Output, read, text};
use crate::guard::told;
use crate::options::roomcast_send_options;
use crate::receipt::roomcast_receipt;
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
    // SAFETY: as documented.
    unsafe { send(Method::SendMessage, client, room_id, None, message, options, error) }
}

/// Sends a message to one connected peer. `peer_id` is refused if it is NULL or blank, so that a look-up that failed
/// reaches nobody.
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
    // SAFETY: as documented.
    unsafe { send(Method::SendToPeer, client, room_id, Some(peer_id), message, options, error) }
}

/// Sends a message to every connected peer with a role. `role` is refused if it is NULL or blank, so that a look-up that
/// failed reaches nobody. If nobody has the role, nobody receives it, and the server says nothing of that.
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
    // SAFETY: as documented.
    unsafe { send(Method::SendToRole, client, room_id, Some(role), message, options, error) }
}

/// Sends a message to everyone in a room.
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
    // SAFETY: as documented.
    unsafe { send(Method::Broadcast, client, room_id, None, message, options, error) }
}

/// # Safety
/// Each pointer is NULL or points to what its type says; each text ends with a NUL byte.
unsafe fn send(
    method: Method,
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    target: Option<*const c_char>,
    message: *const c_char,
    options: *const roomcast_send_options,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: the caller vouches for it.
    let error = unsafe { Output::new(error) };
    told(error, Outcome::Unknown, || {
        // SAFETY: the caller vouches for it.
        let options = unsafe { read(options) }?;
        // SAFETY: the caller vouches for it.
        let receipt = unsafe { Output::new(options.known.receipt) };
        receipt.clear();
        let options = options.all()?;
        let client = client.ok_or_else(|| configuration("the client is NULL"))?;

        let mut call = Call::new(method, Spelling::Snake);
        // SAFETY: the caller vouches for these texts.
        let (room_id, message, target) = unsafe { (text(room_id), text(message), target.map(|it| text(it))) };
        if let Some(room_id) = room_id {
            call = call.room_id(room_id);
        }
        if let Some(message) = message {
            call = call.message(message);
        }
        if let Some(target) = target {
            call = call.target(target.unwrap_or(Argument::Null));
        }
        // SAFETY: the caller vouches for the texts in the options.
        let request = unsafe { options.apply(call) }.into_request()?;
        let taken = client.0.send_message(&request)?;
        receipt.put(roomcast_receipt::new(&taken));
        Ok(())
    })
}
