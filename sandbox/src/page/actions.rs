//! The page's own requests: a token for a new peer, and sending a message.

use super::state::PageState;
use crate::api;
use crate::http::ApiError;
use crate::requests::Recording;
use crate::tokens::PeerToken;
use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

/// Long enough for a working day. A token is invalid in the next run of the sandbox anyway.
const TOKEN_LIFETIME: TimeDelta = TimeDelta::days(1);
/// In bytes, since the token is part of a URL.
const MAX_NAME: usize = 256;

#[derive(Deserialize)]
pub struct PeerTokenRequest {
    room_id: String,
    role: String,
    user_id: String,
}

/// `POST /page/peer-token`: a token with which a peer joins over `/init` and `/ws`, like any other peer.
pub async fn peer_token(
    State(state): State<PageState>,
    request: Result<Json<PeerTokenRequest>, JsonRejection>,
) -> Result<Json<Value>, ApiError> {
    let Json(PeerTokenRequest { room_id, role, user_id }) =
        request.map_err(|_| ApiError::invalid_body("room_id, role and user_id are needed, as JSON"))?;
    for (field, value) in [("room_id", &room_id), ("role", &role), ("user_id", &user_id)] {
        if value.trim().is_empty() {
            return Err(ApiError::invalid_body(format!("{field} is blank")));
        }
        if value.len() > MAX_NAME {
            return Err(ApiError::invalid_body(format!("{field} has more than {MAX_NAME} bytes")));
        }
    }
    let token = state.app.temporary_keys.sign_peer(&PeerToken { room_id, role, user_id }, TOKEN_LIFETIME);
    let token = token.map_err(|error| ApiError::without_details(StatusCode::INTERNAL_SERVER_ERROR, error))?;
    Ok(Json(json!({"token": token})))
}

/// `POST /page/rooms/<room>/send-message`: the same as the server API, with the page's token instead of a management
/// token.
pub async fn send_message(
    State(state): State<PageState>,
    Extension(recording): Extension<Recording>,
    room: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let Path(room_id) = room?;
    api::send(&state.app, &recording, &room_id, &headers, &body)
}
