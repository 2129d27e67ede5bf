//! The frames that peers are sent, in 100ms's signalling protocol: JSON-RPC responses and notifications.

use crate::model::{Audience, PeerInfo, Session};
use axum::extract::ws::Utf8Bytes;
use chrono::Utc;
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
