//! The frames that peers are sent, in 100ms's signalling protocol: JSON-RPC responses and notifications.

use crate::model::{Audience, PeerInfo, Session};
use axum::extract::ws::Utf8Bytes;
use chrono::Utc;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The id and the time that the sandbox gives a message. The sender gets them in the response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageMeta {
    pub message_id: String,
    pub timestamp: i64,
}

fn notification(method: &str, params: Value) -> Utf8Bytes {
    json!({"jsonrpc": "2.0", "method": method, "params": params}).to_string().into()
}

/// What the text of a message begins with: the members of a JSON object are written in the order of their names.
const BROADCAST_START: &str = r#"{"jsonrpc":"2.0","method":"on-broadcast","#;

/// Whether a frame is a message.
pub fn is_broadcast(frame: &Utf8Bytes) -> bool {
    frame.starts_with(BROADCAST_START)
}

/// A message, as its recipient reads it.
#[derive(Debug, Deserialize)]
pub struct ReceivedBroadcast {
    /// Milliseconds since 1970.
    pub timestamp: i64,
    /// The message and its type. From a peer it may be any JSON object.
    pub info: Value,
    /// The sender; `None` if it came from the server API.
    #[serde(default)]
    pub peer: Option<Sender>,
    /// The roles that it was sent to; empty if it was sent to everyone or to one peer.
    #[serde(default)]
    pub roles: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub struct Sender {
    pub peer_id: String,
}

/// Reads a message. Returns `None` for other frames.
pub fn read_broadcast(frame: &Utf8Bytes) -> Option<ReceivedBroadcast> {
    #[derive(Deserialize)]
    struct Frame {
        params: ReceivedBroadcast,
    }
    if !is_broadcast(frame) {
        return None;
    }
    serde_json::from_str::<Frame>(frame).ok().map(|frame| frame.params)
}

/// The response to a call that succeeded.
pub fn result(id: &Value, result: Value) -> Utf8Bytes {
    json!({"jsonrpc": "2.0", "id": id, "result": result}).to_string().into()
}

/// The response to a call that failed.
pub fn error(id: &Value, code: i64, message: &str) -> Utf8Bytes {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}}).to_string().into()
}

/// A peer's own role, and all roles of the room.
pub fn policy_change(role: &str, roles: &BTreeSet<String>) -> Utf8Bytes {
    let names = roles.iter().map(String::as_str).chain([role]);
    let known: Map<String, Value> = names.map(|name| (name.to_owned(), role_policy(name))).collect();
    notification("on-policy-change", json!({"name": role, "template_id": "sandbox", "known_roles": known}))
}

fn role_policy(name: &str) -> Value {
    json!({
        "name": name,
        "publishParams": {"allowed": []},
        "subscribeParams": {"subscribeToRoles": []},
        "permissions": {},
        "priority": 1,
    })
}

/// The session of a room, and the given peers in it.
pub fn peer_list<'a>(
    room_id: &str,
    session: &Session,
    peers: impl Iterator<Item = &'a PeerInfo>,
) -> Utf8Bytes {
    let peers: Map<String, Value> = peers.map(|peer| (peer.peer_id.clone(), peer_object(peer))).collect();
    notification(
        "peer-list",
        json!({
            "peers": peers,
            "room": {
                "name": room_id,
                "session_id": session.id,
                "started_at": session.started_at.timestamp_millis(),
            },
        }),
    )
}

pub fn peer_join(peer: &PeerInfo) -> Utf8Bytes {
    notification("on-peer-join", peer_object(peer))
}

pub fn peer_leave(peer: &PeerInfo) -> Utf8Bytes {
    notification("on-peer-leave", peer_object(peer))
}

fn peer_object(peer: &PeerInfo) -> Value {
    json!({
        "peer_id": peer.peer_id,
        "role": peer.role,
        "info": {
            "name": peer.name,
            "data": peer.data,
            "user_id": peer.user_id,
            "type": "regular",
        },
        "tracks": {},
        "groups": [],
        "joined_at": peer.joined_at.timestamp_millis(),
        // Without it, the web client treats all peers as gone after it reconnects.
        "realtime": true,
    })
}

/// A message. Without a sender, `peer` is omitted: the web client throws on a `peer` without `info`.
pub fn broadcast(audience: &Audience, from: Option<&PeerInfo>, info: &Value) -> (Utf8Bytes, MessageMeta) {
    let meta = MessageMeta {
        message_id: uuid::Uuid::new_v4().to_string(),
        timestamp: Utc::now().timestamp_millis(),
    };
    let mut params = json!({
        "message_id": meta.message_id,
        "timestamp": meta.timestamp,
        "private": matches!(audience, Audience::Peer(_)),
        "info": info,
    });
    if let Audience::Roles(roles) = audience {
        params["roles"] = json!(roles);
    }
    if let Some(peer) = from {
        params["peer"] = peer_object(peer);
    }
    (notification("on-broadcast", params), meta)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    #[test]
    fn messages_are_recognised_and_read() {
        let bob = PeerInfo {
            peer_id: "bob".to_owned(),
            user_id: String::new(),
            role: "host".to_owned(),
            name: "on-broadcast".to_owned(),
            data: r#"{"jsonrpc":"2.0","method":"on-broadcast","#.to_owned(),
            joined_at: DateTime::UNIX_EPOCH,
        };
        let info = json!({"message": "hi", "type": "chat"});
        let (frame, meta) = broadcast(&Audience::Roles(vec!["host".to_owned()]), Some(&bob), &info);
        let read = read_broadcast(&frame).unwrap();
        assert_eq!((read.timestamp, read.info), (meta.timestamp, info.clone()));
        assert_eq!(read.peer.unwrap().peer_id, "bob");
        assert_eq!(read.roles, ["host"]);
        let (frame, _) = broadcast(&Audience::Everyone, None, &info);
        let read = read_broadcast(&frame).unwrap();
        assert!(read.peer.is_none() && read.roles.is_empty());
        for other in [peer_join(&bob), peer_leave(&bob), result(&json!(1), json!({}))] {
            assert!(!is_broadcast(&other) && read_broadcast(&other).is_none(), "{other}");
        }
    }
}
