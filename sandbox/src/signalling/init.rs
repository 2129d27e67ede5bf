//! `GET /init`: where a peer with a valid token is to connect.

use crate::api::{Bearer, Refused};
use crate::app::App;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

pub async fn init(
    State(app): State<App>,
    headers: HeaderMap,
    bearer: Bearer,
) -> Result<Json<Value>, Refused> {
    let token = bearer.0.map_err(unauthorized)?;
    app.verify_peer(&token).map_err(unauthorized)?;
    // The name by which the client reached us is one by which it can reach us again.
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .ok_or_else(|| Refused::brief(StatusCode::BAD_REQUEST, "the Host header is missing"))?;
    let scheme = if app.tls { "wss" } else { "ws" };
    Ok(Json(json!({
        "endpoint": format!("{scheme}://{host}/ws"),
        // Lets a client that neither publishes nor subscribes join without WebRTC.
        "config": {"enabledFlags": ["nonWebRTCDisableOffer"]},
    })))
}

pub fn unauthorized(why: &'static str) -> Refused {
    Refused::brief(StatusCode::UNAUTHORIZED, format!("invalid token: {why}"))
}
