//! What 100ms tells of in a webhook.

use std::ffi::{CString, c_char};
use std::time::UNIX_EPOCH;

use roomcast_core::{Event, EventKind, Field};

use crate::ffi::c_string;
use crate::panics::guarded;

/// What an event is about. Numbers never change; later versions may add some, which are `ROOMCAST_EVENT_OTHER` now.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum roomcast_known_event {
    /// Any other type, which `roomcast_event_type` names; or NULL was passed.
    ROOMCAST_EVENT_OTHER = 0,
    /// "peer.join.success": a peer is in a room.
    ROOMCAST_EVENT_PEER_JOINED = 1,
    /// "peer.leave.success": a peer is in a room no more.
    ROOMCAST_EVENT_PEER_LEFT = 2,
}

/// Something that happened in 100ms. Made by `roomcast_webhooks_read`; freed with `roomcast_event_free`. It never changes, so any
/// number of threads may read it; the texts that its functions return live as long as it does, are never NULL, and are "" for
/// what 100ms did not tell, what events of this kind do not have, and for NULL.
#[allow(non_camel_case_types)]
pub struct roomcast_event {
    kind: roomcast_known_event,
    fields: Vec<(&'static str, Value)>,
}

enum Value {
    Text(CString),
    Flag(bool),
    Milliseconds(i64),
}

impl roomcast_event {
    pub(crate) fn new(event: &Event) -> Self {
        let kind = match event.kind {
            EventKind::PeerJoined(_) => roomcast_known_event::ROOMCAST_EVENT_PEER_JOINED,
            EventKind::PeerLeft(_) => roomcast_known_event::ROOMCAST_EVENT_PEER_LEFT,
            _ => roomcast_known_event::ROOMCAST_EVENT_OTHER,
        };
        let known = |(name, field)| Some((name, value(field)?));
        roomcast_event { kind, fields: event.fields().into_iter().filter_map(known).collect() }
    }

    fn field(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

fn value(field: Field<'_>) -> Option<Value> {
    let milliseconds = |count: u128| Some(Value::Milliseconds(count.try_into().unwrap_or(i64::MAX)));
    match field {
        Field::Text(text) | Field::Json(text) => Some(Value::Text(c_string(text))),
        Field::Flag(truth) => Some(Value::Flag(truth)),
        Field::Time(time) => milliseconds(time?.duration_since(UNIX_EPOCH).ok()?.as_millis()),
        Field::Duration(time) => milliseconds(time?.as_millis()),
        // An event has none.
        Field::Texts(_) => None,
    }
}

fn text_of(event: Option<&roomcast_event>, name: &str) -> *const c_char {
    guarded(c"".as_ptr(), || match event.and_then(|it| it.field(name)) {
        Some(Value::Text(text)) => text.as_ptr(),
        _ => c"".as_ptr(),
    })
}

fn milliseconds_of(event: Option<&roomcast_event>, name: &str) -> i64 {
    guarded(-1, || match event.and_then(|it| it.field(name)) {
        Some(Value::Milliseconds(count)) => *count,
        _ => -1,
    })
}

/// What it is about, and so which of the functions below have an answer.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_kind(event: Option<&roomcast_event>) -> roomcast_known_event {
    guarded(roomcast_known_event::ROOMCAST_EVENT_OTHER, || {
        event.map_or(roomcast_known_event::ROOMCAST_EVENT_OTHER, |it| it.kind)
    })
}

/// The event's own id, the same each time it is sent: remember it, so as to act once. "" only for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_id(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "id")
}

/// What happened: "peer.join.success", "session.open.success" and so on. "" only for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_type(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "type")
}

/// The version of 100ms's format: "2.0".
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_version(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "version")
}

/// The 100ms account it happened in.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_account_id(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "account_id")
}

/// When it happened, in milliseconds since 1970 began, in UTC; -1 if 100ms told no time, or for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_timestamp_ms(event: Option<&roomcast_event>) -> i64 {
    milliseconds_of(event, "timestamp")
}

/// Whether 100ms says that it sends it once more, at somebody's request. Its retries do not say so. False for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_is_replay(event: Option<&roomcast_event>) -> bool {
    guarded(false, || matches!(event.and_then(|it| it.field("is_replay")), Some(Value::Flag(true))))
}

/// All that is told of it: a JSON object, as text.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_data(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "data")
}

/// The peer that joined or left. Messages can be sent to it while it is in the room; who joins again has another one. It can be
/// given to `roomcast_send_to_peer` as it is.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_peer_id(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "peer_id")
}

/// The room that the peer joined or left.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_room_id(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "room_id")
}

/// The user, as your peer token named them: the same each time they join. "" if it named none.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_user_id(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "user_id")
}

/// The role that the peer joined with; it may have another one by now.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_role(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "role")
}

/// The name that the peer shows.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_user_name(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "user_name")
}

/// What the peer says of itself, mostly JSON. It is the peer's own word.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_user_data(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "user_data")
}

/// "regular", or "sip" for a telephone.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_peer_type(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "peer_type")
}

/// The room's name.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_room_name(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "room_name")
}

/// The session: a room's, from its first peer to its last.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_session_id(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "session_id")
}

/// The template that the room was made with.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_template_id(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "template_id")
}

/// When the peer joined, in milliseconds since 1970 began, in UTC; -1 if 100ms told no time, or for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_joined_at_ms(event: Option<&roomcast_event>) -> i64 {
    milliseconds_of(event, "joined_at")
}

/// When the session began, likewise.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_session_started_at_ms(event: Option<&roomcast_event>) -> i64 {
    milliseconds_of(event, "session_started_at")
}

/// When the peer left, likewise.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_left_at_ms(event: Option<&roomcast_event>) -> i64 {
    milliseconds_of(event, "left_at")
}

/// How long the peer that left was in the room, in milliseconds; -1 if 100ms did not tell, or for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_duration_ms(event: Option<&roomcast_event>) -> i64 {
    milliseconds_of(event, "duration")
}

/// Why the peer left, in 100ms's words: "client request", "websocket closed" and so on.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_reason(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "reason")
}

/// Frees an event and its texts. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_free(event: Option<Box<roomcast_event>>) {
    guarded((), || drop(event));
}
