//! Webhooks that tests ask for, and where webhooks go.

use super::ControlError;
use super::peers::{DEFAULT_ROLE, MAX_NAME, check_room};
use crate::fields::Fields;
use crate::model::PeerInfo;
use crate::state::SharedState;
use crate::webhooks::{MAX_ATTEMPTS, Target, TargetError, TargetPart, Webhook, post_with_retries, triggered};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use chrono::Utc;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// In bytes.
const MAX_URL: usize = 8 << 10;

/// `POST /sandbox/webhooks`: posts one webhook, and returns the response to it.
pub async fn send(
    State(state): State<SharedState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ControlError> {
    let missing = |field: &'static str| move || ControlError::invalid(field, "it is missing");
    let mut fields = Fields::of_body(&headers, &body)?;
    let kind = fields.name("type", MAX_NAME)?.ok_or_else(missing("type"))?;
    let room_id = fields.name("room_id", MAX_NAME)?.ok_or_else(missing("room_id"))?;
    check_room(&room_id)?;
    let peer_id = fields.name("peer_id", MAX_NAME)?;
    let data = object(&mut fields, "data")?;
    let max_attempts = fields.integer("max_attempts", 1..=MAX_ATTEMPTS as u64)?.unwrap_or(1);
    let target = match target(&mut fields)? {
        Some(target) => Arc::new(target),
        None => state.webhooks.target().ok_or_else(|| {
            ControlError::invalid("url", "it is missing, and there is no target for webhooks either")
        })?,
    };
    fields.finish()?;
    let webhook = webhook_of(&state, &kind, &room_id, peer_id.as_deref(), &data);
    let report = |attempt| state.webhooks.report(&webhook, &attempt);
    let (result, attempts) = post_with_retries(&target, &webhook.body, max_attempts as usize, report).await;
    Ok(Json(match result {
        Ok(response) => json!({
            "status": response.status.as_u16(),
            "attempts": attempts,
            "body": String::from_utf8_lossy(&response.body),
        }),
        Err(error) => json!({"status": null, "attempts": attempts, "body": null, "error": error}),
    }))
}

/// `PUT /sandbox/webhook-target`: where webhooks go from now on.
pub async fn set_target(
    State(state): State<SharedState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, ControlError> {
    let mut fields = Fields::of_body(&headers, &body)?;
    let target = target(&mut fields)?.ok_or_else(|| ControlError::invalid("url", "it is missing"))?;
    fields.finish()?;
    state.webhooks.set_target(Some(Arc::new(target)));
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /sandbox/webhook-target`: no webhooks from now on.
pub async fn remove_target(State(state): State<SharedState>) -> StatusCode {
    state.webhooks.set_target(None);
    StatusCode::NO_CONTENT
}

/// With what is known of the room and the peer. Those that are not there are made up.
fn webhook_of(
    state: &SharedState,
    kind: &str,
    room_id: &str,
    peer_id: Option<&str>,
    data: &Map<String, Value>,
) -> Webhook {
    let rooms = state.rooms();
    let (session, mut peers) = match rooms.active_room(room_id) {
        Ok((session, peers)) => (Some(session), Some(peers)),
        Err(_) => (None, None),
    };
    let Some(peer_id) = peer_id else {
        return triggered(kind, room_id, session, None, data);
    };
    let found = peers.as_mut().and_then(|peers| peers.find(|peer| peer.peer_id == peer_id));
    let made_up = PeerInfo {
        peer_id: peer_id.to_owned(),
        user_id: String::new(),
        role: DEFAULT_ROLE.to_owned(),
        name: String::new(),
        data: String::new(),
        joined_at: Utc::now(),
    };
    triggered(kind, room_id, session, Some(found.unwrap_or(&made_up)), data)
}

/// The target in the fields `url` and `headers`.
fn target(fields: &mut Fields) -> Result<Option<Target>, ControlError> {
    let url = fields.name("url", MAX_URL)?;
    let headers = object(fields, "headers")?;
    let Some(url) = url else {
        return match headers.is_empty() {
            true => Ok(None),
            false => Err(ControlError::invalid("headers", "they are given without a url")),
        };
    };
    let headers: Option<Vec<(&str, &str)>> =
        headers.iter().map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect();
    let headers = headers.ok_or_else(|| ControlError::invalid("headers", "a value is not a string"))?;
    let target = Target::new(&url, &headers).map_err(|TargetError { part, why }| match part {
        TargetPart::Url => ControlError::invalid("url", format!("it {why}")),
        TargetPart::Headers => ControlError::invalid("headers", format!("one {why}")),
    })?;
    Ok(Some(target))
}

fn object(fields: &mut Fields, field: &'static str) -> Result<Map<String, Value>, ControlError> {
    match fields.any(field) {
        None => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object),
        Some(_) => Err(ControlError::invalid(field, "it is not a JSON object")),
    }
}
