//! What the core returns, field by field, so that each field is named once for all languages.

use std::time::{Duration, SystemTime};

use crate::api::{Peer, Room};
use crate::webhooks::{Event, EventKind, PeerJoined};

/// For language bindings: the value of one field. Names are spelled as `peer_id`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Field<'a> {
    /// Text; empty if the server sent none.
    Text(&'a str),
    /// True or false.
    Flag(bool),
    /// A point in time, from 1970 to 9999, if the server sent one.
    Time(Option<SystemTime>),
    /// How long something took, if the server sent it.
    Duration(Option<Duration>),
    /// A JSON object as text, for the language's own parser.
    Json(&'a str),
    /// Texts, none of them empty.
    Texts(&'a [String]),
}

impl Peer {
    /// For language bindings: every field, in the order of the documentation.
    pub fn fields(&self) -> Vec<(&'static str, Field<'_>)> {
        vec![
            ("peer_id", Field::Text(&self.peer_id)),
            ("name", Field::Text(&self.name)),
            ("user_id", Field::Text(&self.user_id)),
            ("metadata", Field::Text(&self.metadata)),
            ("role", Field::Text(&self.role)),
            ("joined_at", Field::Time(self.joined_at)),
        ]
    }
}

impl Room {
    /// For language bindings: every field, in the order of the documentation.
    pub fn fields(&self) -> Vec<(&'static str, Field<'_>)> {
        vec![
            ("room_id", Field::Text(&self.room_id)),
            ("name", Field::Text(&self.name)),
            ("customer_id", Field::Text(&self.customer_id)),
            ("session_id", Field::Text(&self.session_id)),
            ("created_at", Field::Time(self.created_at)),
            ("peer_ids", Field::Texts(&self.peer_ids)),
        ]
    }
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
}

impl PeerJoined {
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
