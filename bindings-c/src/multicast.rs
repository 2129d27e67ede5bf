//! One message to several recipients, whose results come together.

use std::ffi::{c_char, c_void};

use roomcast_core::Outcome;

use crate::client::roomcast_client;
use crate::error::roomcast_error;
use crate::ffi::Output;
use crate::guard::run;
use crate::options::roomcast_send_options;
use crate::pending::roomcast_pending;
use crate::recipients::roomcast_recipients;
use crate::send_arguments::{SendArguments, Target};
use crate::start::start;
use crate::status::roomcast_status;

/// Sends a message to every peer of one user: one for each device or tab that the user joined with. Queries who is in the room,
/// sends to each of these peers, and waits for the server's responses, all within one timeout. At most `max_in_flight` of the
/// messages are in flight at once. A peer that leaves meanwhile stops no other.
///
/// - `client` must not be NULL, nor closed.
/// - `room_id` and `message` are as in `roomcast_send_message`.
/// - `user_id` is not blank, has at most 256 bytes and no control character; it is compared exactly. If it is NULL, the call fails
///   with `ROOMCAST_INVALID_REQUEST`: a failed look-up reaches nobody.
/// - `options` may be NULL; its `peer_id` and `role` must be NULL, and its `audience` 0. Its `timeout_ms` is for all messages
///   together, its `max_attempts` and `retry_unknown` for each. `options->send_result`, if set, is set to NULL.
/// - `recipients` must not be NULL. `*recipients` is set to what became of the message for each peer, which the caller frees with
///   `roomcast_recipients_free`, or to NULL on failure.
/// - `error` may be NULL. Otherwise `*error` is set to NULL on success, or to an error that the caller frees with
///   `roomcast_error_free`.
///
/// Returns `ROOMCAST_OK` if each of the peers has a result, whatever it is: see `roomcast_recipients_error`. Otherwise it returns
/// the kind of the error, as `roomcast_list_peers`: `ROOMCAST_NOT_FOUND` if the user has no peer in the room. Then nothing was sent
/// to anybody, unless it is `ROOMCAST_INTERNAL`. Callable from any thread, but not from the callback of an `_async` function of the
/// same client: the messages are sent on the thread that performs the client's `_async` sends.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_send_to_user(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    user_id: *const c_char,
    message: *const c_char,
    options: *const roomcast_send_options,
    recipients: *mut *mut roomcast_recipients,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let target = Some(("user_id", Target::One(user_id)));
    let arguments = SendArguments { method: "send_to_user", client, room_id, target, message, options };
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { send(arguments, recipients, error) }
}

/// Sends a message to every peer of several users, with one query for the room's peers.
///
/// - `user_ids` is an array of `count` strings, each as `user_id` in `roomcast_send_to_user`. If the array or one of them is NULL,
///   or `count` is 0, the call fails with `ROOMCAST_INVALID_REQUEST`, and nothing is sent to anybody. A user who is named twice
///   counts once.
///
/// A user who is not in the room has an entry without a peer, whose error is `ROOMCAST_NOT_FOUND`. The call fails with
/// `ROOMCAST_NOT_FOUND` if none of them is in the room. All else as in `roomcast_send_to_user`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_send_to_users(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    user_ids: *const *const c_char,
    count: usize,
    message: *const c_char,
    options: *const roomcast_send_options,
    recipients: *mut *mut roomcast_recipients,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let target = Some(("user_ids", Target::Several(user_ids, count)));
    let arguments = SendArguments { method: "send_to_users", client, room_id, target, message, options };
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { send(arguments, recipients, error) }
}

/// Sends a message to several connected peers. There is no query.
///
/// - `peer_ids` is an array of `count` strings. If the array or one of them is NULL or blank, or `count` is 0, the call fails with
///   `ROOMCAST_INVALID_REQUEST`, and nothing is sent to anybody. A peer that is named twice counts once.
///
/// All else as in `roomcast_send_to_user`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_send_to_peers(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    peer_ids: *const *const c_char,
    count: usize,
    message: *const c_char,
    options: *const roomcast_send_options,
    recipients: *mut *mut roomcast_recipients,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let target = Some(("peer_ids", Target::Several(peer_ids, count)));
    let arguments = SendArguments { method: "send_to_peers", client, room_id, target, message, options };
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { send(arguments, recipients, error) }
}

/// Sends a message to every connected peer with one of several roles. There is no query: each role is one recipient. If nobody has
/// a role, nobody receives that message, and the server reports success. A peer has one role, so nobody gets the message twice.
///
/// - `roles` is an array of `count` strings. If the array or one of them is NULL or blank, or `count` is 0, the call fails with
///   `ROOMCAST_INVALID_REQUEST`, and nothing is sent to anybody. A role that is named twice counts once.
///
/// All else as in `roomcast_send_to_user`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_send_to_roles(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    roles: *const *const c_char,
    count: usize,
    message: *const c_char,
    options: *const roomcast_send_options,
    recipients: *mut *mut roomcast_recipients,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let target = Some(("roles", Target::Several(roles, count)));
    let arguments = SendArguments { method: "send_to_roles", client, room_id, target, message, options };
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { send(arguments, recipients, error) }
}

/// The callback of an `_async` function for several recipients. It is called exactly once for each such call that returned
/// `ROOMCAST_OK`, and never for one that did not.
///
/// - `status` is what the blocking form would have returned; or `ROOMCAST_CANCELLED`, and the error's outcome then says whether
///   any of the messages may have been delivered.
/// - `recipients` is what became of the message for each recipient, if `status` is `ROOMCAST_OK`, else NULL. The callback owns it,
///   and frees it with `roomcast_recipients_free`.
///
/// All else as in `roomcast_on_done`.
#[allow(non_camel_case_types)]
pub type roomcast_on_recipients = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        status: roomcast_status,
        recipients: *mut roomcast_recipients,
        error: *mut roomcast_error,
    ),
>;

/// Starts to send a message to every peer of one user, and returns immediately. `on_done` is called once, with what became of the
/// message for each of the peers; if it is NULL, the client's completion queue gets that: see `roomcast_completion_recipients`.
///
/// `room_id`, `user_id`, `message` and `options` are as in `roomcast_send_to_user`. They are copied, and may be freed once this
/// function has returned. `roomcast_pending_cancel` cancels all messages that are not complete. All else as in
/// `roomcast_send_message_async`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_send_to_user_async(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    user_id: *const c_char,
    message: *const c_char,
    options: *const roomcast_send_options,
    on_done: roomcast_on_recipients,
    user_data: *mut c_void,
    pending: *mut *mut roomcast_pending,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let target = Some(("user_id", Target::One(user_id)));
    let arguments = SendArguments { method: "send_to_user", client, room_id, target, message, options };
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { start(arguments, on_done, user_data, pending, error) }
}

/// Starts to send a message to every peer of several users, and returns immediately. The recipients are as in
/// `roomcast_send_to_users`, all else as in `roomcast_send_to_user_async`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_send_to_users_async(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    user_ids: *const *const c_char,
    count: usize,
    message: *const c_char,
    options: *const roomcast_send_options,
    on_done: roomcast_on_recipients,
    user_data: *mut c_void,
    pending: *mut *mut roomcast_pending,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let target = Some(("user_ids", Target::Several(user_ids, count)));
    let arguments = SendArguments { method: "send_to_users", client, room_id, target, message, options };
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { start(arguments, on_done, user_data, pending, error) }
}

/// Starts to send a message to several connected peers, and returns immediately. The recipients are as in
/// `roomcast_send_to_peers`, all else as in `roomcast_send_to_user_async`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_send_to_peers_async(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    peer_ids: *const *const c_char,
    count: usize,
    message: *const c_char,
    options: *const roomcast_send_options,
    on_done: roomcast_on_recipients,
    user_data: *mut c_void,
    pending: *mut *mut roomcast_pending,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let target = Some(("peer_ids", Target::Several(peer_ids, count)));
    let arguments = SendArguments { method: "send_to_peers", client, room_id, target, message, options };
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { start(arguments, on_done, user_data, pending, error) }
}

/// Starts to send a message to every connected peer with one of several roles, and returns immediately. The recipients are as in
/// `roomcast_send_to_roles`, all else as in `roomcast_send_to_user_async`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_send_to_roles_async(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    roles: *const *const c_char,
    count: usize,
    message: *const c_char,
    options: *const roomcast_send_options,
    on_done: roomcast_on_recipients,
    user_data: *mut c_void,
    pending: *mut *mut roomcast_pending,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let target = Some(("roles", Target::Several(roles, count)));
    let arguments = SendArguments { method: "send_to_roles", client, room_id, target, message, options };
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { start(arguments, on_done, user_data, pending, error) }
}

/// # Safety
/// As [`SendArguments::into_operation`]; and the outputs are NULL or may be written to.
unsafe fn send(
    arguments: SendArguments<'_>,
    recipients: *mut *mut roomcast_recipients,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: guaranteed by the caller.
    let (recipients, error) = unsafe { (Output::new(recipients), Output::new(error)) };
    run(error, Outcome::Unknown, || {
        recipients.clear();
        // SAFETY: guaranteed by the caller.
        let (client, operation, _) = unsafe { arguments.into_operation() }?;
        recipients.require("recipients")?;
        recipients.set(client.core.execute(operation)?.try_into()?);
        Ok(())
    })
}
