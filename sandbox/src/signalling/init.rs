//! `GET /init`: returns the WebSocket URL to a peer with a valid token.

use crate::http::{ApiError, Bearer};
use crate::state::SharedState;
use crate::tokens::VerifyError;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

pub async fn init(
    State(state): State<SharedState>,
    headers: HeaderMap,
    bearer: Bearer,
) -> Result<Json<Value>, ApiError> {
    let token = bearer.0.map_err(unauthorized)?;
    state.verify_peer(&token).map_err(unauthorized)?;
    // The client has reached the sandbox by this host name, so it can use it again.
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .ok_or_else(|| ApiError::without_details(StatusCode::BAD_REQUEST, "the Host header is missing"))?;
    let scheme = if state.tls { "wss" } else { "ws" };
    Ok(Json(json!({
        "endpoint": format!("{scheme}://{host}/ws"),
        // Allows a client that neither publishes nor subscribes to join without WebRTC.
        "config": {"enabledFlags": ["nonWebRTCDisableOffer"]},
    })))
}

pub fn unauthorized(error: VerifyError) -> ApiError {
    ApiError::without_details(StatusCode::UNAUTHORIZED, format!("invalid token: {error}"))
}
