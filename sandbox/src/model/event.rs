//! Room events, for the log, the page and the webhooks.

use super::audience::Audience;
use super::peer::{PeerInfo, Session};
use chrono::{DateTime, Utc};
use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaveReason {
    /// The peer called `leave`.
    ClientRequest,
    /// Its connection ended, and it did not reconnect.
    WebsocketClosed,
}

impl LeaveReason {
    /// The text that 100ms uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientRequest => "client request",
            Self::WebsocketClosed => "websocket closed",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomEvent {
    /// The room became active. The `Joined` of its first peer follows.
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
    /// The last peer left.
    Closed {
        room_id: String,
        session: Session,
        at: DateTime<Utc>,
    },
    Sent {
        room_id: String,
        message: Box<SentMessage>,
    },
    /// Everything was forgotten: there are no rooms and no peers, and none of them leaves.
    Reset,
}

/// A message that was queued to its recipients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentMessage {
    /// The same as in the frame that the recipients get.
    pub message_id: String,
    /// Milliseconds since 1970, the same as in the frame that the recipients get.
    pub timestamp: i64,
    /// `None` if it came from the server API.
    pub from: Option<PeerInfo>,
    pub audience: Audience,
    /// The recipient, if the audience is one peer.
    pub recipient: Option<PeerInfo>,
    pub info: Value,
    /// The number of connections that it was queued to.
    pub reached: usize,
    /// The ids of the first of these peers, for the page.
    pub recipients: Vec<String>,
}
