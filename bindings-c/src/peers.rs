//! Asking who is in a room.

use std::ffi::{CString, c_char};
use std::time::{SystemTime, UNIX_EPOCH};

use roomcast_core::{Argument, Call, Error, Outcome, Peer, Response, Spelling};

use crate::client::{configuration, roomcast_client};
use crate::error::roomcast_error;
use crate::ffi::{Output, c_string, read, text};
use crate::guard::run;
use crate::options::roomcast_list_options;
use crate::panics::guarded;
use crate::status::roomcast_status;

/// Peers that are in a room. Made by `roomcast_list_peers` and `roomcast_list_peers_of_user`; freed with `roomcast_peers_free`. It never
/// changes, so any number of threads may read it; the texts that its functions return live as long as it does, are never
/// NULL, and are "" for what the server did not tell, past the last peer, and for NULL.
#[allow(non_camel_case_types)]
pub struct roomcast_peers(Vec<CPeer>);

struct CPeer {
    peer_id: CString,
    name: CString,
    user_id: CString,
    metadata: CString,
    role: CString,
    joined_at_ms: i64,
}

impl CPeer {
    fn new(peer: &Peer) -> Self {
        CPeer {
            peer_id: c_string(&peer.peer_id),
            name: c_string(&peer.name),
            user_id: c_string(&peer.user_id),
            metadata: c_string(&peer.metadata),
            role: c_string(&peer.role),
            joined_at_ms: milliseconds(peer.joined_at),
        }
    }
}

/// Milliseconds since 1970 began; -1 for no time.
pub(crate) fn milliseconds(time: Option<SystemTime>) -> i64 {
    let since = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(-1, |since| since.as_millis().try_into().unwrap_or(i64::MAX))
}

/// Asks for the peers of a room, and waits for the server's answer, at most the client's timeout. Asking changes nothing, so
/// unlike a send it is tried again, too, when it is unknown whether the server has read it.
///
/// - `room_id` has 1 to 64 of `A-Z a-z 0-9 _ -`, and may not be NULL.
/// - `options` may be NULL: all peers. If a pointer in it may be NULL because a look-up failed, use
///   `roomcast_list_peers_of_user`, which refuses NULL.
/// - `*peers` is set to the peers, in the order of their ids, none if nobody in the room is asked for, which the caller frees
///   with `roomcast_peers_free`; or to NULL if it fails.
/// - `error` may be NULL. Else `*error` is set to NULL, or to an error that the caller frees.
///
/// Fails as `roomcast_send_message`, with `ROOMCAST_NOT_FOUND` if nobody is in the room, and with `ROOMCAST_PROTOCOL` also if the
/// answer does not hold what was asked for, or has more than 16 MiB. From any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_list_peers(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    options: *const roomcast_list_options,
    peers: *mut *mut roomcast_peers,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: as documented.
    let (peers, error) = unsafe { (Output::new(peers), Output::new(error)) };
    run(error, Outcome::Unknown, || {
        peers.clear();
        // SAFETY: as documented.
        let options = unsafe { read(options) }?.all()?;
        let call = Call::new("list_peers", Spelling::Snake)?;
        // SAFETY: as documented.
        let call = unsafe { options.apply(call) };
        // SAFETY: as documented.
        unsafe { list(client, room_id, call, &peers) }
    })
}

/// Asks for the peers of one user in a room: one for each device or tab that they joined with. `user_id` is refused if it is
/// NULL or blank, so that a look-up that failed does not list everybody. All else is as in `roomcast_list_peers`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_list_peers_of_user(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    user_id: *const c_char,
    peers: *mut *mut roomcast_peers,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: as documented.
    let (peers, error) = unsafe { (Output::new(peers), Output::new(error)) };
    run(error, Outcome::Unknown, || {
        peers.clear();
        // SAFETY: as documented.
        let user_id = unsafe { text(user_id) }.unwrap_or(Argument::Null);
        let call = Call::new("list_peers", Spelling::Snake)?.option("user_id", user_id);
        // SAFETY: as documented.
        unsafe { list(client, room_id, call, &peers) }
    })
}

/// # Safety
/// `room_id` is NULL or text that ends with a NUL byte.
unsafe fn list(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    call: Call,
    peers: &Output<roomcast_peers>,
) -> Result<(), Error> {
    // SAFETY: the caller vouches for it.
    let found: Vec<Peer> = unsafe { execute(client, room_id, call, peers) }?.try_into()?;
    peers.put(roomcast_peers(found.iter().map(CPeer::new).collect()));
    Ok(())
}

/// # Safety
/// `room_id` is NULL or text that ends with a NUL byte.
pub(crate) unsafe fn execute<T>(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    mut call: Call,
    place: &Output<T>,
) -> Result<Response, Error> {
    let client = client.ok_or_else(|| configuration("the client is NULL"))?;
    if !place.is_wanted() {
        return Err(Error::wrong_argument("the place for the answer", &Argument::Null, "a pointer"));
    }
    // SAFETY: the caller vouches for it.
    if let Some(room_id) = unsafe { text(room_id) } {
        call = call.argument("room_id", room_id);
    }
    client.0.execute(call.into_operation()?)
}

fn field(peers: Option<&roomcast_peers>, index: usize, of: fn(&CPeer) -> &CString) -> *const c_char {
    guarded(c"".as_ptr(), || match peers.and_then(|it| it.0.get(index)) {
        Some(peer) => of(peer).as_ptr(),
        None => c"".as_ptr(),
    })
}

/// How many peers there are; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_peers_count(peers: Option<&roomcast_peers>) -> usize {
    guarded(0, || peers.map_or(0, |it| it.0.len()))
}

/// The id of a peer, counted from 0. Messages can be sent to it while it is in the room; who joins again has another one. It
/// can be given to `roomcast_send_to_peer` as it is.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_peers_peer_id(peers: Option<&roomcast_peers>, index: usize) -> *const c_char {
    field(peers, index, |peer| &peer.peer_id)
}

/// The name that the peer shows.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_peers_name(peers: Option<&roomcast_peers>, index: usize) -> *const c_char {
    field(peers, index, |peer| &peer.name)
}

/// The user, as your peer token named them: the same each time they join. "" if it named none.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_peers_user_id(peers: Option<&roomcast_peers>, index: usize) -> *const c_char {
    field(peers, index, |peer| &peer.user_id)
}

/// What the peer says of itself, mostly JSON. It is the peer's own word.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_peers_metadata(peers: Option<&roomcast_peers>, index: usize) -> *const c_char {
    field(peers, index, |peer| &peer.metadata)
}

/// The role that the peer has now.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_peers_role(peers: Option<&roomcast_peers>, index: usize) -> *const c_char {
    field(peers, index, |peer| &peer.role)
}

/// When the peer joined, in milliseconds since 1970 began, in UTC; -1 if the server told no time, past the last peer, or for
/// NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_peers_joined_at_ms(peers: Option<&roomcast_peers>, index: usize) -> i64 {
    guarded(-1, || peers.and_then(|it| it.0.get(index)).map_or(-1, |peer| peer.joined_at_ms))
}

/// Frees peers and their texts. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_peers_free(peers: Option<Box<roomcast_peers>>) {
    guarded((), || drop(peers));
}
