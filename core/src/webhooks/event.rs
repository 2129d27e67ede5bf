//! The events that 100ms reports in webhooks.

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use crate::api::{MAX_WEBHOOK_NESTING, Members, parse_object};

/// The longest webhook body that is accepted, in bytes: 1 MiB. 100ms documents no limit; its sample events have less than
/// 1 KiB.
pub const MAX_WEBHOOK_BODY: usize = 1024 * 1024;

/// Something that happened in 100ms.
///
/// The fields that callers act upon follow the limits of a send's arguments: [`id`](Event::id) and
/// [`event_type`](Event::event_type) are present and not blank, and no id or role has a control character or more than 256
/// bytes. Of the other fields, one that is missing or of another type than documented is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The event's id, the same each time it is sent: remember it, so as to act once.
    pub id: String,
    /// What happened: `"peer.join.success"`, `"session.open.success"`, …
    pub event_type: String,
    /// The version of 100ms's format: `"2.0"`.
    pub version: String,
    /// The 100ms account it happened in.
    pub account_id: String,
    /// When it happened.
    pub timestamp: Option<SystemTime>,
    /// Whether 100ms marks it as a replay, made at somebody's request. Its own retries are not marked.
    pub is_replay: bool,
    /// The event's data: a JSON object, as text. A whole number that does not fit into 64 bits becomes the nearest double.
    pub data: String,
    /// The same, typed, if the type is known.
    pub kind: EventKind,
}

/// What happened, typed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// `peer.join.success`: a peer joined a room.
    PeerJoined(PeerJoined),
    /// `peer.leave.success`: a peer left a room.
    PeerLeft(PeerLeft),
    /// Any other type: see [`Event::data`].
    Other,
}

/// A peer that joined a room.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerJoined {
    /// The peer's id, for sending messages to it while it is in the room. A user who joins again gets another one.
    pub peer_id: String,
    /// The room, which is now active.
    pub room_id: String,
    /// The user, as named in the peer's token: the same each time they join. Empty if it named none.
    pub user_id: String,
    /// The role that the peer joined with; it may have another one by now.
    pub role: String,
    /// The peer's display name.
    pub user_name: String,
    /// Text that the peer set for itself, mostly JSON. Not verified.
    pub user_data: String,
    /// `"regular"`, or `"sip"` for a telephone.
    pub peer_type: String,
    /// The room's name.
    pub room_name: String,
    /// The session: the time from a room's first peer to its last.
    pub session_id: String,
    /// The template that the room was made with.
    pub template_id: String,
    /// When the peer joined.
    pub joined_at: Option<SystemTime>,
    /// When the session began.
    pub session_started_at: Option<SystemTime>,
}

/// A peer that left a room.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerLeft {
    /// The peer, as it had joined.
    pub peer: PeerJoined,
    /// When it left.
    pub left_at: Option<SystemTime>,
    /// How long it was in the room.
    pub duration: Option<Duration>,
    /// Why, as 100ms puts it: `"client request"`, `"websocket closed"`, …
    pub reason: String,
}

impl Event {
    /// For language bindings: the peer that joined or left.
    pub fn peer(&self) -> Option<&PeerJoined> {
        match &self.kind {
            EventKind::PeerJoined(peer) => Some(peer),
            EventKind::PeerLeft(left) => Some(&left.peer),
            EventKind::Other => None,
        }
    }
}

impl PeerJoined {
    fn parse(data: &Members<'_>) -> Result<Self, String> {
        Ok(PeerJoined {
            peer_id: data.name("peer_id")?,
            room_id: data.room_id("room_id")?,
            user_id: data.name_or_empty("user_id")?,
            role: data.name_or_empty("role")?,
            user_name: data.text("user_name"),
            user_data: data.text("user_data"),
            peer_type: data.text("type"),
            room_name: data.text("room_name"),
            session_id: data.text("session_id"),
            template_id: data.text("template_id"),
            joined_at: data.time("joined_at"),
            session_started_at: data.time("session_started_at"),
        })
    }
}

/// Parses an event: ids, type and role strictly, since callers act upon them, the rest leniently.
///
/// # Errors
/// What is wrong with it, in a text that quotes nothing of it.
pub(super) fn parse(body: &[u8]) -> Result<Event, String> {
    let object = parse_object("the body", body, MAX_WEBHOOK_NESTING)?;
    let envelope = Members { of: "", object: &object };
    let id = envelope.name("id")?;
    let event_type = envelope.name("type")?;
    let none = Map::new();
    let data = envelope.object("data")?.unwrap_or(&none);
    let members = Members { of: "data.", object: data };
    let kind = match event_type.as_str() {
        "peer.join.success" => EventKind::PeerJoined(PeerJoined::parse(&members)?),
        "peer.leave.success" => EventKind::PeerLeft(PeerLeft {
            peer: PeerJoined::parse(&members)?,
            left_at: members.time("left_at"),
            duration: members.seconds("duration"),
            reason: members.text("reason"),
        }),
        _ => EventKind::Other,
    };
    Ok(Event {
        id,
        version: envelope.text("version"),
        account_id: envelope.text("account_id"),
        timestamp: envelope.time("timestamp"),
        is_replay: object.get("is_replay") == Some(&Value::Bool(true)),
        data: serde_json::to_string(data).expect("JSON always serialises"),
        event_type,
        kind,
    })
}
