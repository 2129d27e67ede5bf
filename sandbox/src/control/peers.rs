//! Simulated peers: they are in a room like any other peer, and what they receive is kept for tests to read.

use super::ControlError;
use crate::fields::Fields;
use crate::frames;
use crate::rooms::{Inbox, Seat};
use crate::state::SharedState;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// In bytes.
pub const MAX_NAME: usize = 256;
const MAX_METADATA: usize = 64 << 10;
/// The longest time that a request waits for a message, in milliseconds.
pub const MAX_WAIT_MS: u64 = 60_000;

/// `POST /sandbox/rooms/<room>/peers`.
pub async fn seat(
    State(state): State<SharedState>,
    room: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ControlError> {
    let Path(room_id) = room.map_err(|_| ControlError::invalid("room_id", "it is not UTF-8"))?;
    check_room(&room_id)?;
    let mut fields = Fields::of_body(&headers, &body)?;
    let seat = Seat {
        peer_id: match fields.name("peer_id", MAX_NAME)? {
            Some(peer_id) => peer_id,
            None => uuid::Uuid::new_v4().to_string(),
        },
        role: fields.name("role", MAX_NAME)?.unwrap_or_else(|| "guest".to_owned()),
        user_id: fields.text("user_id", MAX_NAME)?.unwrap_or_default(),
        name: fields.text("name", MAX_NAME)?.unwrap_or_default(),
        data: fields.text("metadata", MAX_METADATA)?.unwrap_or_default(),
        room_id: room_id.clone(),
    };
    fields.finish()?;
    let Some(peer) = state.rooms().seat(seat) else {
        return Err(ControlError::invalid("peer_id", "a peer with this id is in the room already"));
    };
    let peer = json!({
        "peer_id": peer.peer_id,
        "room_id": room_id,
        "role": peer.role,
        "user_id": peer.user_id,
        "name": peer.name,
        "metadata": peer.data,
    });
    Ok((StatusCode::CREATED, Json(peer)))
}

/// `DELETE /sandbox/rooms/<room>/peers/<peer>`.
pub async fn unseat(
    State(state): State<SharedState>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<StatusCode, ControlError> {
    let Path((room_id, peer_id)) = path.map_err(|_| ControlError::invalid("peer_id", "it is not UTF-8"))?;
    if state.rooms().unseat(&room_id, &peer_id) { Ok(StatusCode::NO_CONTENT) } else { Err(no_such_peer()) }
}

/// `GET /sandbox/rooms/<room>/peers/<peer>/messages`. A response to `send-message` comes after its message was kept, so
/// a test that has one needs no waiting.
pub async fn messages(
    State(state): State<SharedState>,
    path: Result<Path<(String, String)>, PathRejection>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Json<Value>, ControlError> {
    let Path((room_id, peer_id)) = path.map_err(|_| ControlError::invalid("peer_id", "it is not UTF-8"))?;
    let (after, wait) = after_and_wait(query)?;
    let (inbox, role) = inbox_and_role(&state, &room_id, &peer_id)?;
    inbox.wait(after, wait).await;
    let unread = inbox.after(after);
    let messages: Vec<Value> = unread
        .messages
        .iter()
        .filter_map(|(number, frame)| {
            let received = frames::read_broadcast(frame)?;
            let mut message = json!({
                "number": number,
                "message": received.info["message"],
                "type": received.info["type"],
                "sender": received.peer.map(|sender| sender.peer_id),
                "time": rfc3339(received.timestamp),
            });
            // It reached this peer, so this peer's role is one of them.
            if !received.roles.is_empty() {
                message["role"] = role.as_str().into();
            }
            Some(message)
        })
        .collect();
    Ok(Json(json!({"messages": messages, "next": unread.last, "dropped": unread.dropped})))
}

/// The query of a request for what happened after something: a number, and how long to wait for more.
pub fn after_and_wait(
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<(u64, Duration), ControlError> {
    let Query(query) = query.map_err(|_| ControlError::invalid("query", "it cannot be read"))?;
    let mut fields = Fields::of_texts(query)?;
    let after = fields.integer("after", 0..=u64::MAX)?.unwrap_or(0);
    let wait = fields.integer("wait_ms", 0..=MAX_WAIT_MS)?.unwrap_or(0);
    fields.finish()?;
    Ok((after, Duration::from_millis(wait)))
}

/// Milliseconds since 1970, as RFC 3339.
fn rfc3339(timestamp: i64) -> String {
    DateTime::from_timestamp_millis(timestamp)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn inbox_and_role(
    state: &SharedState,
    room_id: &str,
    peer_id: &str,
) -> Result<(Arc<Inbox>, String), ControlError> {
    let rooms = state.rooms();
    let inbox = rooms.inbox(room_id, peer_id).ok_or_else(no_such_peer)?;
    let role = rooms
        .active_room(room_id)
        .ok()
        .and_then(|(_, mut peers)| peers.find(|peer| peer.peer_id == peer_id).map(|peer| peer.role.clone()));
    Ok((inbox, role.unwrap_or_default()))
}

fn no_such_peer() -> ControlError {
    ControlError::not_found("peer_id", "no simulated peer with this id is in this room")
}

/// Clients refuse other room ids, so nothing could be sent to such a room.
pub fn check_room(room_id: &str) -> Result<(), ControlError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if (1..=64).contains(&room_id.len()) && room_id.chars().all(allowed) {
        return Ok(());
    }
    Err(ControlError::invalid("room_id", "it must have 1 to 64 letters, digits, _ or -"))
}
