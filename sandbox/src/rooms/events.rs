//! What happens in rooms, for whoever listens: the log, the page, and the place where webhooks attach.

use super::Audience;
use chrono::{DateTime, Utc};
use serde_json::Value;

/// A peer that has joined, as others may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerInfo {
    pub peer_id: String,
    pub user_id: String,
    pub role: String,
    pub name: String,
    pub data: String,
    pub joined_at: DateTime<Utc>,
}

/// One run of a room, from its first peer's joining to its last peer's leaving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: String,
    pub started_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaveReason {
    /// The peer said that it leaves.
    ClientRequest,
    /// Its connection ended, and it did not come back.
    WebsocketClosed,
}

impl LeaveReason {
    /// 100ms's words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientRequest => "client request",
            Self::WebsocketClosed => "websocket closed",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomEvent {
    /// The room has become active; its first peer's joining follows.
    Opened {
        room_id: String,
        session: Session,
    },
    Joined {
        room_id: String,
        session: Session,
        peer: PeerInfo,
    },
    Left {
        room_id: String,
        session: Session,
        peer: PeerInfo,
        left_at: DateTime<Utc>,
        reason: LeaveReason,
    },
    /// Its last peer has left.
    Closed {
        room_id: String,
        session: Session,
        at: DateTime<Utc>,
    },
    Sent {
        room_id: String,
        message: SentMessage,
    },
}

/// A message that was queued to those it was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentMessage {
    /// In milliseconds since 1970, as its recipients are told it.
    pub timestamp: i64,
    /// None for one from the server API.
    pub from: Option<PeerInfo>,
    pub audience: Audience,
    /// Whom the audience names, if that is one peer.
    pub recipient: Option<PeerInfo>,
    pub info: Value,
    /// The connections that it was queued to.
    pub reached: usize,
}

/// Is called while the rooms are locked, in the order in which things happened: it must not wait.
pub type Listener = Box<dyn Fn(&RoomEvent) + Send>;

pub fn tell(listeners: &[Listener], event: &RoomEvent) {
    for listener in listeners {
        listener(event);
    }
}
