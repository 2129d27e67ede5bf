//! A peer in a room, and the session it is part of.

use chrono::{DateTime, Utc};

/// A peer that has joined, as other peers and the API see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerInfo {
    pub peer_id: String,
    pub user_id: String,
    pub role: String,
    pub name: String,
    pub data: String,
    pub joined_at: DateTime<Utc>,
}

/// The time during which a room is active: from when its first peer joins until its last peer leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: String,
    pub started_at: DateTime<Utc>,
}
