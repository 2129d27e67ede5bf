//! Getting a room.

use std::ffi::{CString, c_char};

use roomcast_core::{Error, Outcome, Response, Room};

use crate::client::roomcast_client;
use crate::error::roomcast_error;
use crate::ffi::{Output, c_string, text_at};
use crate::guard::run;
use crate::options::roomcast_query_options;
use crate::panics::guarded;
use crate::peers::milliseconds;
use crate::query_arguments::RoomArguments;
use crate::status::roomcast_status;

/// A room that somebody is in. Created by `roomcast_get_room`; freed with `roomcast_room_free`, unless it belongs to a
/// `roomcast_completion`. It is immutable, so any number of threads may read it.
///
/// The strings that its functions return are valid until it is freed and never NULL. They are "" for a value that the
/// server did not send, if the index is out of range, and if `room` is NULL.
#[allow(non_camel_case_types)]
pub struct roomcast_room {
    room_id: CString,
    name: CString,
    customer_id: CString,
    session_id: CString,
    created_at_ms: i64,
    peer_ids: Vec<CString>,
}

impl roomcast_room {
    fn new(room: &Room) -> Self {
        roomcast_room {
            room_id: c_string(&room.room_id),
            name: c_string(&room.name),
            customer_id: c_string(&room.customer_id),
            session_id: c_string(&room.session_id),
            created_at_ms: milliseconds(room.created_at),
            peer_ids: room.peer_ids.iter().map(|id| c_string(id)).collect(),
        }
    }
}

/// Gets a room that somebody is in. Waits for the server's response, at most the client's timeout.
///
/// - `client` must not be NULL, nor closed.
/// - `room_id` is 1 to 64 of `A-Z a-z 0-9 _ -`. Must not be NULL.
/// - `options` may be NULL.
/// - `room` must not be NULL. `*room` is set to the room, which the caller frees with `roomcast_room_free`, or to NULL on
///   failure.
/// - `error` may be NULL. Otherwise `*error` is set to NULL on success, or to an error that the caller frees with
///   `roomcast_error_free`.
///
/// All else as in `roomcast_list_peers`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_get_room(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    options: *const roomcast_query_options,
    room: *mut *mut roomcast_room,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: the caller guarantees what the documentation demands.
    let (room, error) = unsafe { (Output::new(room), Output::new(error)) };
    run(error, Outcome::Unknown, || {
        room.clear();
        let arguments = RoomArguments { client, room_id, options };
        // SAFETY: the caller guarantees what the documentation demands.
        let (client, operation) = unsafe { arguments.into_operation(|| room.require("room")) }?;
        room.set(client.core.execute(operation)?.try_into()?);
        Ok(())
    })
}

impl TryFrom<Response> for roomcast_room {
    type Error = Error;

    fn try_from(response: Response) -> Result<Self, Error> {
        let room: Room = response.try_into()?;
        Ok(roomcast_room::new(&room))
    }
}

fn text_of(room: Option<&roomcast_room>, get: fn(&roomcast_room) -> &CString) -> *const c_char {
    guarded(c"".as_ptr(), || room.map_or(c"".as_ptr(), |it| get(it).as_ptr()))
}

/// The room's id.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_room_id(room: Option<&roomcast_room>) -> *const c_char {
    text_of(room, |it| &it.room_id)
}

/// The room's name.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_room_name(room: Option<&roomcast_room>) -> *const c_char {
    text_of(room, |it| &it.name)
}

/// The 100ms account that it belongs to.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_room_customer_id(room: Option<&roomcast_room>) -> *const c_char {
    text_of(room, |it| &it.customer_id)
}

/// The session: the time from a room's first peer to its last.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_room_session_id(room: Option<&roomcast_room>) -> *const c_char {
    text_of(room, |it| &it.session_id)
}

/// When the session began, in milliseconds since the Unix epoch. -1 if the server did not send it, and if `room` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_room_created_at_ms(room: Option<&roomcast_room>) -> i64 {
    guarded(-1, || room.map_or(-1, |it| it.created_at_ms))
}

/// The number of peers in the room; 0 if `room` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_room_peer_count(room: Option<&roomcast_room>) -> usize {
    guarded(0, || room.map_or(0, |it| it.peer_ids.len()))
}

/// The id of a peer in the room, by its index from 0, in the server's order.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_room_peer_id(room: Option<&roomcast_room>, index: usize) -> *const c_char {
    text_at(room.map(|it| it.peer_ids.as_slice()), index, |id| Some(id))
}

/// Frees a room and its strings. `room` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_room_free(room: Option<Box<roomcast_room>>) {
    guarded((), || drop(room));
}
