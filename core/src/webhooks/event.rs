//! What 100ms tells of in a webhook.

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use crate::field::Field;
use crate::json::{self, Members};

/// Something that happened in 100ms.
///
/// What would be acted upon is held to the rules of a send's arguments: [`id`](Event::id) and
/// [`event_type`](Event::event_type) are there and not blank, and no id or role has a control character or more than 256
/// bytes. Of the rest, what is missing or of another type than documented is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The event's own id, the same each time it is sent: remember it, so as to act once.
    pub id: String,
    /// What happened: `"peer.join.success"`, `"session.open.success"`, …
    pub event_type: String,
    /// The version of 100ms's format: `"2.0"`.
    pub version: String,
    /// The 100ms account it happened in.
    pub account_id: String,
    /// When it happened.
    pub timestamp: Option<SystemTime>,
    /// Whether 100ms says that it sends it once more, at somebody's request. Its retries do not say so.
    pub is_replay: bool,
    /// All that is told of it: a JSON object, as text. A whole number that 64 bits do not hold has become the nearest
    /// double.
    pub data: String,
    /// The same, typed, where the type is known.
    pub kind: EventKind,
}

/// What happened, typed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// `peer.join.success`: a peer is in a room.
    PeerJoined(PeerJoined),
    /// `peer.leave.success`: a peer is in a room no more.
    PeerLeft(PeerLeft),
    /// Any other type: see [`Event::data`].
    Other,
}

/// A peer that joined a room.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerJoined {
    /// The peer, to which messages can be sent while it is in the room. Who joins again has another one.
    pub peer_id: String,
    /// The room, which is now active.
    pub room_id: String,
    /// The user, as your peer token named them: the same each time they join. Empty if it named none.
    pub user_id: String,
    /// The role that the peer joined with; it may have another one by now.
    pub role: String,
    /// The name that the peer shows.
    pub user_name: String,
    /// What the peer says of itself, mostly JSON. It is the peer's own word.
    pub user_data: String,
    /// `"regular"`, or `"sip"` for a telephone.
    pub peer_type: String,
    /// The room's name.
    pub room_name: String,
    /// The session: a room's, from its first peer to its last.
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
    /// Why, in 100ms's words: `"client request"`, `"websocket closed"`, …
    pub reason: String,
}

impl Event {
    /// For language bindings: every field, in the order of the documentation. The event's type is `type`; its kind shows in
    /// the fields beyond those of every event.
    pub fn fields(&self) -> Vec<(&'static str, Field<'_>)> {
        let mut fields = vec![
            ("id", Field::Text(&self.id)),
            ("type", Field::Text(&self.event_type)),
            ("version", Field::Text(&self.version)),
            ("account_id", Field::Text(&self.account_id)),
            ("timestamp", Field::Time(self.timestamp)),
            ("is_replay", Field::Flag(self.is_replay)),
            ("data", Field::Json(&self.data)),
        ];
        match &self.kind {
            EventKind::PeerJoined(peer) => fields.extend(peer.fields()),
            EventKind::PeerLeft(left) => {
                fields.extend(left.peer.fields());
                fields.extend([
                    ("left_at", Field::Time(left.left_at)),
                    ("duration", Field::Duration(left.duration)),
                    ("reason", Field::Text(&left.reason)),
                ]);
            }
            EventKind::Other => {}
        }
        fields
    }

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
    fn read(data: &Members<'_>) -> Result<Self, String> {
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

    fn fields(&self) -> [(&'static str, Field<'_>); 12] {
        [
            ("peer_id", Field::Text(&self.peer_id)),
            ("room_id", Field::Text(&self.room_id)),
            ("user_id", Field::Text(&self.user_id)),
            ("role", Field::Text(&self.role)),
            ("user_name", Field::Text(&self.user_name)),
            ("user_data", Field::Text(&self.user_data)),
            ("peer_type", Field::Text(&self.peer_type)),
            ("room_name", Field::Text(&self.room_name)),
            ("session_id", Field::Text(&self.session_id)),
            ("template_id", Field::Text(&self.template_id)),
            ("joined_at", Field::Time(self.joined_at)),
            ("session_started_at", Field::Time(self.session_started_at)),
        ]
    }
}

/// Reads an event, strict in what would be acted upon and lenient in the rest. Else says what is wrong with it.
pub(super) fn read(body: &[u8]) -> Result<Event, String> {
    let object = json::object("the body", body)?;
    let envelope = Members { of: "", object: &object };
    let id = envelope.name("id")?;
    let event_type = envelope.name("type")?;
    let none = Map::new();
    let data = envelope.object("data")?.unwrap_or(&none);
    let members = Members { of: "data.", object: data };
    let kind = match event_type.as_str() {
        "peer.join.success" => EventKind::PeerJoined(PeerJoined::read(&members)?),
        "peer.leave.success" => EventKind::PeerLeft(PeerLeft {
            peer: PeerJoined::read(&members)?,
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
