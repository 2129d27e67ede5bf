//! Querying who is in a room without waiting.

use std::ffi::{c_char, c_void};

use crate::client::roomcast_client;
use crate::error::roomcast_error;
use crate::options::{roomcast_list_options, roomcast_query_options};
use crate::peers::roomcast_peers;
use crate::pending::roomcast_pending;
use crate::query_arguments::{ListArguments, RoomArguments};
use crate::room::roomcast_room;
use crate::start::start_operation;
use crate::status::roomcast_status;

/// The callback of an `_async` function that lists peers. It is called exactly once for each such call that returned `ROOMCAST_OK`,
/// and never for one that did not.
///
/// - `status` is what the blocking form would have returned, or `ROOMCAST_CANCELLED`.
/// - `peers` is the list on success, else NULL. The callback owns it, and frees it with `roomcast_peers_free`.
///
/// All else as in `roomcast_on_done`.
#[allow(non_camel_case_types)]
pub type roomcast_on_peers = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        status: roomcast_status,
        peers: *mut roomcast_peers,
        error: *mut roomcast_error,
    ),
>;

/// The callback of `roomcast_get_room_async`. It is called exactly once for each such call that returned `ROOMCAST_OK`, and never for
/// one that did not.
///
/// - `status` is what the blocking form would have returned, or `ROOMCAST_CANCELLED`.
/// - `room` is the room on success, else NULL. The callback owns it, and frees it with `roomcast_room_free`.
///
/// All else as in `roomcast_on_done`.
#[allow(non_camel_case_types)]
pub type roomcast_on_room = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        status: roomcast_status,
        room: *mut roomcast_room,
        error: *mut roomcast_error,
    ),
>;

/// Starts to list the peers in a room, and returns immediately. `on_done` is called with the list; if it is NULL, the list goes to the
/// client's completion queue: see `roomcast_client_next` and `roomcast_completion_peers`.
///
/// `room_id` and `options` are as in `roomcast_list_peers`. They are copied, and may be freed once this function has returned. All else
/// as in `roomcast_send_message_async`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_list_peers_async(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    options: *const roomcast_list_options,
    on_done: roomcast_on_peers,
    user_data: *mut c_void,
    pending: *mut *mut roomcast_pending,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let arguments = ListArguments { method: "list_peers", client, room_id, filter: None, options };
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { start_list(arguments, on_done, user_data, pending, error) }
}

/// Starts to list the peers of one user in a room, and returns immediately.
///
/// `user_id` and `options` are as in `roomcast_list_peers_of_user`, all else as in `roomcast_list_peers_async`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_list_peers_of_user_async(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    user_id: *const c_char,
    options: *const roomcast_list_options,
    on_done: roomcast_on_peers,
    user_data: *mut c_void,
    pending: *mut *mut roomcast_pending,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let filter = Some(("user_id", user_id));
    let arguments = ListArguments { method: "list_peers_of_user", client, room_id, filter, options };
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { start_list(arguments, on_done, user_data, pending, error) }
}

/// Starts to list the peers with one role in a room, and returns immediately.
///
/// `role` and `options` are as in `roomcast_list_peers_of_role`, all else as in `roomcast_list_peers_async`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_list_peers_of_role_async(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    role: *const c_char,
    options: *const roomcast_list_options,
    on_done: roomcast_on_peers,
    user_data: *mut c_void,
    pending: *mut *mut roomcast_pending,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let filter = Some(("role", role));
    let arguments = ListArguments { method: "list_peers_of_role", client, room_id, filter, options };
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { start_list(arguments, on_done, user_data, pending, error) }
}

/// Starts to get a room, and returns immediately. `on_done` is called with the room; if it is NULL, the room goes to the client's
/// completion queue: see `roomcast_client_next` and `roomcast_completion_room`.
///
/// `room_id` and `options` are as in `roomcast_get_room`. They are copied, and may be freed once this function has returned. All else as
/// in `roomcast_send_message_async`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_get_room_async(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    options: *const roomcast_query_options,
    on_done: roomcast_on_room,
    user_data: *mut c_void,
    pending: *mut *mut roomcast_pending,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let arguments = RoomArguments { client, room_id, options };
    // SAFETY: the caller guarantees what the documentation demands.
    let convert = || unsafe { arguments.into_operation(|| Ok(())) };
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { start_operation(convert, on_done, user_data, pending, error) }
}

/// # Safety
/// As [`ListArguments::into_operation`], and as [`start_operation`].
unsafe fn start_list(
    arguments: ListArguments<'_>,
    on_done: roomcast_on_peers,
    user_data: *mut c_void,
    pending: *mut *mut roomcast_pending,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: guaranteed by the caller.
    let convert = || unsafe { arguments.into_operation(|| Ok(())) };
    // SAFETY: guaranteed by the caller.
    unsafe { start_operation(convert, on_done, user_data, pending, error) }
}
