//! The events that 100ms posts to a webhook.

use std::ffi::{CString, c_char};
use std::time::UNIX_EPOCH;

use roomcast_core::{Event, EventKind, Field};

use crate::ffi::c_string;
use crate::panics::guarded;

/// The types of event that this version knows. The numbers never change. Later versions may add some; this version reports
/// those as `ROOMCAST_EVENT_OTHER`.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum roomcast_known_event {
    /// Any other type: see `roomcast_event_type`. Also if the event is NULL.
    ROOMCAST_EVENT_OTHER = 0,
    /// "peer.join.success": a peer joined a room.
    ROOMCAST_EVENT_PEER_JOINED = 1,
    /// "peer.leave.success": a peer left a room.
    ROOMCAST_EVENT_PEER_LEFT = 2,
}

/// Something that happened in 100ms. Created by `roomcast_webhooks_read`; freed with `roomcast_event_free`. It is
/// immutable, so any number of threads may read it.
///
/// The strings that its functions return are valid until it is freed and never NULL. They are "" for a value that 100ms
/// did not send, for a field that events of this type do not have, and if `event` is NULL.
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
        // No event has a list of texts.
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

/// The event's type, if this version knows it; it decides which of the fields below are set.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_kind(event: Option<&roomcast_event>) -> roomcast_known_event {
    guarded(roomcast_known_event::ROOMCAST_EVENT_OTHER, || {
        event.map_or(roomcast_known_event::ROOMCAST_EVENT_OTHER, |it| it.kind)
    })
}

/// The event's id, the same each time it is sent: remember it, so as to act once. "" only if `event` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_id(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "id")
}

/// What happened: "peer.join.success", "session.open.success" and so on. "" only if `event` is NULL.
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

/// When it happened, in milliseconds since the Unix epoch. -1 if 100ms did not send it, and if `event` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_timestamp_ms(event: Option<&roomcast_event>) -> i64 {
    milliseconds_of(event, "timestamp")
}

/// Whether 100ms marks it as a replay, made at somebody's request. Its own retries are not marked. False if `event` is
/// NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_is_replay(event: Option<&roomcast_event>) -> bool {
    guarded(false, || matches!(event.and_then(|it| it.field("is_replay")), Some(Value::Flag(true))))
}

/// The event's data: a JSON object, as text. A whole number that does not fit into 64 bits becomes the nearest double.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_data(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "data")
}

/// The peer that joined or left, for sending messages to it while it is in the room. A user who joins again gets another
/// one. It can be passed to `roomcast_send_to_peer` unchanged.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_peer_id(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "peer_id")
}

/// The room that the peer joined or left.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_room_id(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "room_id")
}

/// The user, as named in the peer's token: the same each time they join. "" if it named none.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_user_id(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "user_id")
}

/// The role that the peer joined with; it may have another one by now.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_role(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "role")
}

/// The peer's display name.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_user_name(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "user_name")
}

/// Text that the peer set for itself, mostly JSON. Not verified.
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

/// The session: the time from a room's first peer to its last.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_session_id(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "session_id")
}

/// The template that the room was made with.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_template_id(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "template_id")
}

/// When the peer joined, in milliseconds since the Unix epoch. -1 if 100ms did not send it, and if `event` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_joined_at_ms(event: Option<&roomcast_event>) -> i64 {
    milliseconds_of(event, "joined_at")
}

/// When the session began, in milliseconds since the Unix epoch. -1 if 100ms did not send it, and if `event` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_session_started_at_ms(event: Option<&roomcast_event>) -> i64 {
    milliseconds_of(event, "session_started_at")
}

/// When the peer left, in milliseconds since the Unix epoch. -1 if 100ms did not send it, for a peer that joined, and if
/// `event` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_left_at_ms(event: Option<&roomcast_event>) -> i64 {
    milliseconds_of(event, "left_at")
}

/// How long the peer that left was in the room, in milliseconds. -1 if 100ms did not send it, for a peer that joined, and
/// if `event` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_duration_ms(event: Option<&roomcast_event>) -> i64 {
    milliseconds_of(event, "duration")
}

/// Why the peer left, as 100ms puts it: "client request", "websocket closed" and so on.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_reason(event: Option<&roomcast_event>) -> *const c_char {
    text_of(event, "reason")
}

/// Frees an event and its strings. `event` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_event_free(event: Option<Box<roomcast_event>>) {
    guarded((), || drop(event));
}
