//! Sending, and waiting for the server's response.

use std::ffi::c_char;

use roomcast_core::Outcome;

use crate::client::roomcast_client;
use crate::error::roomcast_error;
use crate::ffi::Output;
use crate::guard::run;
use crate::options::roomcast_send_options;
use crate::send_arguments::{SendArguments, Target};
use crate::status::roomcast_status;

/// Sends a message to the peer or the role that `options` names; to everyone in the room if `options` is NULL, or says so in
/// its `audience`. Waits for the server's response, at most the timeout.
///
/// - `client` must not be NULL, nor closed.
/// - `room_id` is 1 to 64 of `A-Z a-z 0-9 _ -`. Must not be NULL.
/// - `message` is UTF-8, not blank, at most 1 MiB. It is sent unchanged, unless `options` sets another `format` than text.
///   Must not be NULL.
/// - `options` may be NULL: the message then goes to everyone. In options that are given, `peer_id` or `role` must be set, or
///   `audience` be `ROOMCAST_AUDIENCE_EVERYONE`. `peer_id`, `role`, `type` and `sender_id` are not blank, have at most 256 bytes
///   and no control character. If both `peer_id` and `role` are set, the message goes to the peer alone and the role is not sent.
/// - `error` may be NULL. Otherwise `*error` is set to NULL on success, or to an error that the caller frees with
///   `roomcast_error_free`.
///
/// Returns `ROOMCAST_OK` if the server accepted the message. That does not say who received it. On failure it returns the
/// kind of the error; the error's outcome says whether the message may have been delivered. Callable from any thread.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_send_message(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    message: *const c_char,
    options: *const roomcast_send_options,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let arguments = SendArguments { method: "send_message", client, room_id, target: None, message, options };
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { send(arguments, error) }
}

/// Sends a message to one connected peer, and waits for the server's response.
///
/// - If `peer_id` is NULL or blank, the call fails with `ROOMCAST_INVALID_REQUEST`: a failed look-up reaches nobody.
/// - `options` may be NULL; its `peer_id` and `role` must be NULL, and its `audience` 0.
///
/// All else as in `roomcast_send_message`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_send_to_peer(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    peer_id: *const c_char,
    message: *const c_char,
    options: *const roomcast_send_options,
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
    unsafe { send(arguments, error) }
}

/// Sends a message to every connected peer with a role, and waits for the server's response. If nobody has the role,
/// nobody receives the message, and the server reports success.
///
/// - If `role` is NULL or blank, the call fails with `ROOMCAST_INVALID_REQUEST`: a failed look-up reaches nobody.
/// - `options` may be NULL; its `peer_id` and `role` must be NULL, and its `audience` 0.
///
/// All else as in `roomcast_send_message`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_send_to_role(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    role: *const c_char,
    message: *const c_char,
    options: *const roomcast_send_options,
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
    unsafe { send(arguments, error) }
}

/// Sends a message to everyone in a room, and waits for the server's response.
///
/// `options` may be NULL; its `peer_id` and `role` must be NULL, and it needs no `audience`. All else as in
/// `roomcast_send_message`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_broadcast(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    message: *const c_char,
    options: *const roomcast_send_options,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let arguments = SendArguments { method: "broadcast", client, room_id, target: None, message, options };
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { send(arguments, error) }
}

/// # Safety
/// As [`SendArguments::into_operation`]; and `error` is NULL or may be written to.
unsafe fn send(arguments: SendArguments<'_>, error: *mut *mut roomcast_error) -> roomcast_status {
    // SAFETY: guaranteed by the caller.
    let error = unsafe { Output::new(error) };
    run(error, Outcome::Unknown, || {
        // SAFETY: guaranteed by the caller.
        let (client, operation, result) = unsafe { arguments.into_operation() }?;
        result.set(client.core.execute(operation)?.try_into()?);
        Ok(())
    })
}
