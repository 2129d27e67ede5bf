//! What the page does: it gets tokens for peers of its own, and sends.

use crate::api::{self, Refused};
use crate::app::App;
use crate::tokens::PeerToken;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

/// As long as a day's work; it ends with the sandbox anyway.
const LIFETIME: TimeDelta = TimeDelta::days(1);
/// In bytes. The token travels in a URL.
const MAX_NAME: usize = 256;

#[derive(Deserialize)]
pub struct Joining {
    room_id: String,
    role: String,
    user_id: String,
}

/// A token with which a peer joins over `/init` and `/ws`, like any other.
pub async fn peer_token(
    State(app): State<App>,
    joining: Result<Json<Joining>, JsonRejection>,
) -> Result<Json<Value>, Refused> {
    let Json(Joining { room_id, role, user_id }) =
        joining.map_err(|_| Refused::body_param("room_id, role and user_id are needed, as JSON"))?;
    for (field, value) in [("room_id", &room_id), ("role", &role), ("user_id", &user_id)] {
        if value.trim().is_empty() {
            return Err(Refused::body_param(format!("{field} is blank")));
        }
        if value.len() > MAX_NAME {
            return Err(Refused::body_param(format!("{field} has more than {MAX_NAME} bytes")));
        }
    }
    let token = app.page.keys.mint_peer(&PeerToken { room_id, role, user_id }, LIFETIME);
    let token = token.map_err(|why| Refused::brief(StatusCode::INTERNAL_SERVER_ERROR, why))?;
    Ok(Json(json!({"token": token})))
}

/// The same as with a management token at the server API.
pub async fn send_message(
    State(app): State<App>,
    room: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refused> {
    let Path(room_id) = room?;
    api::deliver(&app, &room_id, &headers, &body)
}
