//! `POST /v2/active-rooms/<room>/send-message`.

use super::auth::Management;
use crate::http::{ApiError, expect_json};
use crate::model::Audience;
use crate::state::{AppState, SharedState};
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde_json::{Map, Value, json};

pub async fn send_message(
    _: Management,
    State(state): State<SharedState>,
    room: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let Path(room_id) = room?;
    send(&state, &room_id, &headers, &body)
}

/// Handles a request that is already authorised.
pub fn send(
    state: &AppState,
    room_id: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Json<Value>, ApiError> {
    expect_json(headers)?;
    let request = MessageRequest::read(body)?;
    let audience = Audience::of(request.peer_id.as_deref(), request.role);
    let mut info = json!({"message": request.message});
    // Omitted if it was not given: then the message has no type in the web client either, as with 100ms.
    if let Some(kind) = request.kind {
        info["type"] = kind.into();
    }
    state.rooms().send(room_id, &audience, None, &info)?;
    Ok(Json(json!({"message": "message sent"})))
}

#[derive(Debug, PartialEq, Eq)]
struct MessageRequest {
    message: String,
    peer_id: Option<String>,
    role: Option<String>,
    kind: Option<String>,
}

impl MessageRequest {
    /// Ignores unknown fields. So a request with a misspelt `peerId` is a broadcast, as with 100ms.
    fn read(body: &[u8]) -> Result<Self, ApiError> {
        let body: Value = serde_json::from_slice(body)
            .map_err(|error| ApiError::invalid_body(format!("the body is not JSON: {error}")))?;
        let Value::Object(mut body) = body else {
            return Err(ApiError::invalid_body("the body is not a JSON object"));
        };
        let message =
            take(&mut body, "message")?.ok_or_else(|| ApiError::invalid_body("message is required"))?;
        Ok(Self {
            message,
            peer_id: take(&mut body, "peer_id")?,
            role: take(&mut body, "role")?,
            kind: take(&mut body, "type")?,
        })
    }
}

/// Null and an empty string count as not given, as the documented sample shows.
fn take(body: &mut Map<String, Value>, field: &str) -> Result<Option<String>, ApiError> {
    match body.remove(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
        Some(_) => Err(ApiError::invalid_body(format!("{field} is not a string"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Option<MessageRequest> {
        MessageRequest::read(body.as_bytes()).ok()
    }

    #[test]
    fn empty_null_and_unknown_fields_are_not_given() {
        let bare = read(r#"{"message": "hi"}"#).unwrap();
        assert_eq!(bare.peer_id, None);
        for body in [
            r#"{"message": "hi", "peer_id": "", "role": "", "type": ""}"#,
            r#"{"message": "hi", "peer_id": null, "role": null, "type": null}"#,
            r#"{"message": "hi", "peerId": "alice", "Role": "host", "kind": "chat"}"#,
        ] {
            assert_eq!(read(body).as_ref(), Some(&bare), "{body}");
        }
    }

    #[test]
    fn other_json_types_are_refused() {
        for body in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"message": ""}"#,
            r#"{"message": null}"#,
            r#"{"message": 1}"#,
            r#"{"message": "hi", "peer_id": 1}"#,
            r#"{"message": "hi", "role": ["host"]}"#,
            r#"{"message": "hi", "type": {}}"#,
            r#"{"message": "hi"} x"#,
        ] {
            assert_eq!(read(body), None, "{body}");
        }
    }
}
