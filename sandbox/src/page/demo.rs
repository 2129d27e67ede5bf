//! The demo room: four simulated peers, to see where messages go without writing a client.

use super::state::PageState;
use crate::rooms::Seat;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

const ROOM: &str = "demo";
/// Id, role and name. The page knows the ids.
const PEERS: [(&str, &str, &str); 4] = [
    ("demo-dana", "dealer", "Dana"),
    ("demo-alice", "player", "Alice"),
    ("demo-bob", "player", "Bob"),
    ("demo-sam", "spectator", "Sam"),
];

/// `POST /page/demo-room`: seats those that are not there yet.
pub async fn start(State(state): State<PageState>) -> Json<Value> {
    let mut rooms = state.app.rooms();
    for (peer_id, role, name) in PEERS {
        rooms.seat(Seat {
            room_id: ROOM.to_owned(),
            peer_id: peer_id.to_owned(),
            role: role.to_owned(),
            user_id: name.to_lowercase(),
            name: name.to_owned(),
            data: String::new(),
        });
    }
    Json(json!({"room_id": ROOM}))
}

/// `DELETE /page/demo-room`: they leave. Other peers stay.
pub async fn end(State(state): State<PageState>) -> Json<Value> {
    let mut rooms = state.app.rooms();
    for (peer_id, ..) in PEERS {
        rooms.unseat(ROOM, peer_id);
    }
    Json(json!({"room_id": ROOM}))
}
