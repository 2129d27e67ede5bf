//! Which rooms and peers there are, and what the API responds about them.

use std::collections::{BTreeMap, HashMap};

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::net::{FakeRequest, FakeResponse};

use super::path::{room_of, split_query};
use super::sent::SentMessage;

/// A peer of a [`Fake`](crate::Fake) room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FakePeer {
    /// Its id; if it is empty, the server gives it one.
    pub peer_id: String,
    /// Its role.
    pub role: String,
    /// The user that it belongs to.
    pub user_id: String,
    /// Its display name.
    pub name: String,
    /// What it says of itself.
    pub metadata: String,
}

impl FakePeer {
    /// A peer with this id and role, and no user, name or metadata.
    pub fn new(peer_id: impl Into<String>, role: impl Into<String>) -> Self {
        let [user_id, name, metadata] = [const { String::new() }; 3];
        FakePeer { peer_id: peer_id.into(), role: role.into(), user_id, name, metadata }
    }

    fn json(&self) -> Value {
        json!({
            "id": self.peer_id,
            "name": self.name,
            "user_id": self.user_id,
            "metadata": self.metadata,
            "role": self.role,
            "joined_at": JOINED_AT,
        })
    }
}

/// The same for all, so that tests can compare.
pub(crate) const JOINED_AT: &str = "2026-01-01T00:00:00Z";

#[derive(Debug, Default)]
pub(super) struct Rooms(HashMap<String, BTreeMap<String, FakePeer>>);

impl Rooms {
    pub(super) fn join(&mut self, room_id: String, peer: FakePeer) {
        self.0.entry(room_id).or_default().insert(peer.peer_id.clone(), peer);
    }

    pub(super) fn leave(&mut self, room_id: &str, peer_id: &str) {
        if let Some(peers) = self.0.get_mut(room_id) {
            peers.remove(peer_id);
        }
    }

    pub(super) fn respond(&self, request: &FakeRequest<'_>) -> FakeResponse {
        let Some((room_id, what)) = room_of(request.path_and_query) else {
            return not_found("Not found", &[]);
        };
        let peers = self.0.get(room_id);
        let is_active = peers.is_some_and(|peers| !peers.is_empty());
        match (what, peers) {
            ("send-message", None) if self.0.is_empty() => sent(),
            ("send-message", Some(peers)) if is_active => {
                let to = SentMessage::read(request).and_then(|sent| sent.peer_id);
                match to.is_none_or(|peer_id| peers.contains_key(&peer_id)) {
                    true => sent(),
                    false => not_found("Peer not found", &["no such peer is in this room"]),
                }
            }
            ("peers", Some(peers)) if is_active => {
                let wanted = Filter::read(request.path_and_query);
                let found: serde_json::Map<_, _> = peers
                    .values()
                    .filter(|peer| wanted.matches(peer))
                    .map(|peer| (peer.peer_id.clone(), peer.json()))
                    .collect();
                ok(&json!({ "peers": found }))
            }
            ("", Some(peers)) if is_active => {
                let ids: Vec<_> = peers.keys().collect();
                let session = json!({"id": "session", "created_at": JOINED_AT, "peers": ids});
                ok(&json!({"id": room_id, "name": room_id, "customer_id": "fake", "session": session}))
            }
            _ => not_found("Room not active", &["no peer is in this room"]),
        }
    }
}

/// The peers that a query asks for.
#[derive(Default)]
struct Filter {
    user_id: Option<String>,
    role: Option<String>,
}

impl Filter {
    fn read(path_and_query: &str) -> Self {
        let (_, query) = split_query(path_and_query);
        let mut filter = Filter::default();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
            match name {
                "user_id" => filter.user_id = Some(value),
                "role" => filter.role = Some(value),
                _ => {}
            }
        }
        filter
    }

    fn matches(&self, peer: &FakePeer) -> bool {
        let is =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        is(&self.user_id, &peer.user_id) && is(&self.role, &peer.role)
    }
}

fn sent() -> FakeResponse {
    ok(&json!({"message": "message sent"}))
}

fn ok(body: &Value) -> FakeResponse {
    FakeResponse::Http { status: 200, retry_after: None, body: body.to_string().into_bytes() }
}

fn not_found(message: &str, details: &[&str]) -> FakeResponse {
    let body = json!({"code": 404, "message": message, "details": details}).to_string().into_bytes();
    FakeResponse::Http { status: 404, retry_after: None, body }
}
