//! Asking for a room.

use std::ffi::{CString, c_char};

use roomcast_core::{Call, Outcome, Room, Spelling};

use crate::client::roomcast_client;
use crate::error::roomcast_error;
use crate::ffi::{Output, c_string};
use crate::guard::run;
use crate::panics::guarded;
use crate::peers::{execute, milliseconds};
use crate::status::roomcast_status;

/// A room that somebody is in. Made by `roomcast_get_room`; freed with `roomcast_room_free`. It never changes, so any number of
/// threads may read it; the texts that its functions return live as long as it does, are never NULL, and are "" for what the
/// server did not tell, past the last peer, and for NULL.
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

/// Asks for a room that somebody is in, and waits for the server's answer, at most the client's timeout.
///
/// - `room_id` has 1 to 64 of `A-Z a-z 0-9 _ -`, and may not be NULL.
/// - `*room` is set to the room, which the caller frees with `roomcast_room_free`, or to NULL if it fails.
/// - `error` may be NULL. Else `*error` is set to NULL, or to an error that the caller frees.
///
/// All else is as in `roomcast_list_peers`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_get_room(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    room: *mut *mut roomcast_room,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: as documented.
    let (room, error) = unsafe { (Output::new(room), Output::new(error)) };
    run(error, Outcome::Unknown, || {
        room.clear();
        let call = Call::new("get_room", Spelling::Snake)?;
        // SAFETY: as documented.
        let found: Room = unsafe { execute(client, room_id, call, &room) }?.try_into()?;
        room.put(roomcast_room::new(&found));
        Ok(())
    })
}

fn part(room: Option<&roomcast_room>, of: fn(&roomcast_room) -> &CString) -> *const c_char {
    guarded(c"".as_ptr(), || room.map_or(c"".as_ptr(), |it| of(it).as_ptr()))
}

/// The room's id.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_room_id(room: Option<&roomcast_room>) -> *const c_char {
    part(room, |it| &it.room_id)
}

/// The room's name.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_room_name(room: Option<&roomcast_room>) -> *const c_char {
    part(room, |it| &it.name)
}

/// The 100ms account that it belongs to.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_room_customer_id(room: Option<&roomcast_room>) -> *const c_char {
    part(room, |it| &it.customer_id)
}

/// The session: a room's, from its first peer to its last.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_room_session_id(room: Option<&roomcast_room>) -> *const c_char {
    part(room, |it| &it.session_id)
}

/// When the session began, in milliseconds since 1970 began, in UTC; -1 if the server told no time, or for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_room_created_at_ms(room: Option<&roomcast_room>) -> i64 {
    guarded(-1, || room.map_or(-1, |it| it.created_at_ms))
}

/// How many peers are in the room; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_room_peer_count(room: Option<&roomcast_room>) -> usize {
    guarded(0, || room.map_or(0, |it| it.peer_ids.len()))
}

/// The id of a peer in the room, counted from 0, as the server orders them.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_room_peer_id(room: Option<&roomcast_room>, index: usize) -> *const c_char {
    guarded(c"".as_ptr(), || match room.and_then(|it| it.peer_ids.get(index)) {
        Some(id) => id.as_ptr(),
        None => c"".as_ptr(),
    })
}

/// Frees a room and its texts. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_room_free(room: Option<Box<roomcast_room>>) {
    guarded((), || drop(room));
}
