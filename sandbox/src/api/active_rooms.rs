//! The read endpoints: an active room, its peers, one peer.

use super::auth::Management;
use crate::http::ApiError;
use crate::model::PeerInfo;
use crate::rooms::NotFound;
use crate::state::SharedState;
use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use chrono::SecondsFormat;
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub async fn room(
    _: Management,
    State(state): State<SharedState>,
    room: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, ApiError> {
    let Path(room_id) = room?;
    let rooms = state.rooms();
    let (session, peers) = rooms.active_room(&room_id)?;
    let peer_ids: Vec<&str> = peers.map(|peer| peer.peer_id.as_str()).collect();
    Ok(Json(json!({
        "id": room_id,
        "name": room_id,
        "customer_id": "sandbox",
        "session": {
            "id": session.id,
            "created_at": session.started_at.to_rfc3339_opts(SecondsFormat::Nanos, true),
            "peers": peer_ids,
        },
    })))
}

#[derive(Deserialize)]
pub struct Filter {
    #[serde(default)]
    user_id: String,
    #[serde(default)]
    role: String,
}

impl Filter {
    fn matches(&self, peer: &PeerInfo) -> bool {
        let matches = |wanted: &str, value: &str| wanted.is_empty() || wanted == value;
        matches(&self.user_id, &peer.user_id) && matches(&self.role, &peer.role)
    }
}

pub async fn peers(
    _: Management,
    State(state): State<SharedState>,
    room: Result<Path<String>, PathRejection>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Json<Value>, ApiError> {
    let (Path(room_id), Query(filter)) = (room?, filter?);
    let rooms = state.rooms();
    let (_, peers) = rooms.active_room(&room_id)?;
    let peers: Map<String, Value> = peers
        .filter(|peer| filter.matches(peer))
        .map(|peer| (peer.peer_id.clone(), peer_object(peer)))
        .collect();
    Ok(Json(json!({"peers": peers})))
}

pub async fn peer(
    _: Management,
    State(state): State<SharedState>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Json<Value>, ApiError> {
    let Path((room_id, peer_id)) = path?;
    let rooms = state.rooms();
    let (_, mut peers) = rooms.active_room(&room_id)?;
    let peer = peers.find(|peer| peer.peer_id == peer_id).ok_or(NotFound::Peer)?;
    let mut peer = peer_object(peer);
    peer["tracks"] = json!({});
    Ok(Json(peer))
}

fn peer_object(peer: &PeerInfo) -> Value {
    json!({
        "id": peer.peer_id,
        "name": peer.name,
        "user_id": peer.user_id,
        "metadata": peer.data,
        "role": peer.role,
        "joined_at": peer.joined_at.to_rfc3339_opts(SecondsFormat::Nanos, true),
    })
}
