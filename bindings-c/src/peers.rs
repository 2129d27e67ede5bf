//! Querying who is in a room.

use std::ffi::{CString, c_char};
use std::time::{SystemTime, UNIX_EPOCH};

use roomcast_core::{Error, Outcome, Peer, Response};

use crate::client::roomcast_client;
use crate::error::roomcast_error;
use crate::ffi::{Output, c_string, text_at};
use crate::guard::run;
use crate::options::roomcast_list_options;
use crate::panics::guarded;
use crate::query_arguments::ListArguments;
use crate::status::roomcast_status;

/// A list of peers that are in a room. Created by `roomcast_list_peers` and its variants; freed with `roomcast_peers_free`, unless it
/// belongs to a `roomcast_completion`. It is immutable, so any number of threads may read it.
///
/// The strings that its functions return are valid until it is freed and never NULL. They are "" for a value that the
/// server did not send, if the index is out of range, and if `peers` is NULL.
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

/// Milliseconds since the Unix epoch; -1 for no time.
pub(crate) fn milliseconds(time: Option<SystemTime>) -> i64 {
    let since = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(-1, |since| since.as_millis().try_into().unwrap_or(i64::MAX))
}

/// Lists the peers in a room, in the order of their ids. Waits for the server's response, at most the client's timeout.
///
/// A query changes nothing on the server. So unlike a send it is retried even if it is unknown whether the server has
/// processed it.
///
/// - `client` must not be NULL, nor closed.
/// - `room_id` is 1 to 64 of `A-Z a-z 0-9 _ -`. Must not be NULL.
/// - `options` may be NULL: all peers are listed. If a pointer in it may be NULL because a look-up failed, use
///   `roomcast_list_peers_of_user` or `roomcast_list_peers_of_role`, which refuse NULL.
/// - `peers` must not be NULL. `*peers` is set to the list, which the caller frees with `roomcast_peers_free`, or to NULL
///   on failure. The list is empty if no peer in the room matches.
/// - `error` may be NULL. Otherwise `*error` is set to NULL on success, or to an error that the caller frees with
///   `roomcast_error_free`.
///
/// Returns `ROOMCAST_OK`, or the kind of the error, as `roomcast_send_message`: `ROOMCAST_NOT_FOUND` if nobody is in the
/// room; `ROOMCAST_PROTOCOL` also if the response does not hold what was queried, or has more than 16 MiB. Callable from any
/// thread.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_list_peers(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    options: *const roomcast_list_options,
    peers: *mut *mut roomcast_peers,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let arguments = ListArguments { method: "list_peers", client, room_id, filter: None, options };
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { list(arguments, peers, error) }
}

/// Lists the peers of one user in a room: one for each device or tab that the user joined with.
///
/// - If `user_id` is NULL or blank, the call fails with `ROOMCAST_INVALID_REQUEST`: a failed look-up does not list everyone.
/// - `options` may be NULL; its `user_id` must be NULL.
///
/// All else as in `roomcast_list_peers`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_list_peers_of_user(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    user_id: *const c_char,
    options: *const roomcast_list_options,
    peers: *mut *mut roomcast_peers,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let filter = Some(("user_id", user_id));
    let arguments = ListArguments { method: "list_peers_of_user", client, room_id, filter, options };
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { list(arguments, peers, error) }
}

/// Lists the peers with one role in a room; role names are compared exactly.
///
/// - If `role` is NULL or blank, the call fails with `ROOMCAST_INVALID_REQUEST`: a failed look-up does not list everyone.
/// - `options` may be NULL; its `role` must be NULL.
///
/// All else as in `roomcast_list_peers`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_list_peers_of_role(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    role: *const c_char,
    options: *const roomcast_list_options,
    peers: *mut *mut roomcast_peers,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let filter = Some(("role", role));
    let arguments = ListArguments { method: "list_peers_of_role", client, room_id, filter, options };
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { list(arguments, peers, error) }
}

/// # Safety
/// As [`ListArguments::into_operation`]; and the outputs may be written to.
unsafe fn list(
    arguments: ListArguments<'_>,
    peers: *mut *mut roomcast_peers,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: guaranteed by the caller.
    let (peers, error) = unsafe { (Output::new(peers), Output::new(error)) };
    run(error, Outcome::Unknown, || {
        peers.clear();
        // SAFETY: guaranteed by the caller.
        let (client, operation) = unsafe { arguments.into_operation(|| peers.require("peers")) }?;
        peers.set(client.core.execute(operation)?.try_into()?);
        Ok(())
    })
}

impl TryFrom<Response> for roomcast_peers {
    type Error = Error;

    fn try_from(response: Response) -> Result<Self, Error> {
        let peers: Vec<Peer> = response.try_into()?;
        Ok(roomcast_peers(peers.iter().map(CPeer::new).collect()))
    }
}

fn text_of(
    peers: Option<&roomcast_peers>,
    index: usize,
    get: fn(&CPeer) -> Option<&CString>,
) -> *const c_char {
    text_at(peers.map(|it| it.0.as_slice()), index, get)
}

/// The number of peers; 0 if `peers` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_peers_count(peers: Option<&roomcast_peers>) -> usize {
    guarded(0, || peers.map_or(0, |it| it.0.len()))
}

/// A peer's id, by the peer's index from 0, for sending messages to it while it is in the room. A user who joins again gets
/// another one. It can be passed to `roomcast_send_to_peer` unchanged.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_peers_peer_id(peers: Option<&roomcast_peers>, index: usize) -> *const c_char {
    text_of(peers, index, |peer| Some(&peer.peer_id))
}

/// The peer's display name.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_peers_name(peers: Option<&roomcast_peers>, index: usize) -> *const c_char {
    text_of(peers, index, |peer| Some(&peer.name))
}

/// The user, as named in the peer's token: the same each time they join. "" if it named none.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_peers_user_id(peers: Option<&roomcast_peers>, index: usize) -> *const c_char {
    text_of(peers, index, |peer| Some(&peer.user_id))
}

/// Text that the peer set for itself, mostly JSON. Not verified.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_peers_metadata(peers: Option<&roomcast_peers>, index: usize) -> *const c_char {
    text_of(peers, index, |peer| Some(&peer.metadata))
}

/// The role that the peer has now.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_peers_role(peers: Option<&roomcast_peers>, index: usize) -> *const c_char {
    text_of(peers, index, |peer| Some(&peer.role))
}

/// When the peer joined, in milliseconds since the Unix epoch. -1 if the server did not send it, if the index is out of
/// range, and if `peers` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_peers_joined_at_ms(peers: Option<&roomcast_peers>, index: usize) -> i64 {
    guarded(-1, || peers.and_then(|it| it.0.get(index)).map_or(-1, |peer| peer.joined_at_ms))
}

/// Frees a list and its strings. `peers` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_peers_free(peers: Option<Box<roomcast_peers>>) {
    guarded((), || drop(peers));
}
