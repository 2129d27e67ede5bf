//! `POST /v2/active-rooms/<room>/send-message`.

use super::Refused;
use super::auth::Management;
use crate::app::App;
use crate::rooms::Audience;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use serde_json::{Map, Value, json};

pub async fn send_message(
    _: Management,
    State(app): State<App>,
    room: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refused> {
    let Path(room_id) = room?;
    deliver(&app, &room_id, &headers, &body)
}

/// What the request asks for, once it is known that its sender may.
pub fn deliver(app: &App, room_id: &str, headers: &HeaderMap, body: &[u8]) -> Result<Json<Value>, Refused> {
    expect_json(headers)?;
    let request = MessageRequest::read(body)?;
    let audience = Audience::of(request.peer_id.as_deref(), request.role);
    let mut info = json!({"message": request.message});
    // Left out where it was not given: the web client then has no type, as with 100ms.
    if let Some(kind) = request.kind {
        info["type"] = kind.into();
    }
    app.rooms().send(room_id, &audience, None, &info)?;
    Ok(Json(json!({"message": "message sent"})))
}

/// No content type at all is taken for JSON.
fn expect_json(headers: &HeaderMap) -> Result<(), Refused> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Ok(());
    };
    let essence = value.to_str().unwrap_or_default().split(';').next();
    let essence = essence.unwrap_or_default().trim().to_ascii_lowercase();
    if essence == "application/json" || essence.ends_with("+json") {
        Ok(())
    } else {
        Err(Refused::body_param("the content type is not application/json"))
    }
}

#[derive(Debug, PartialEq, Eq)]
struct MessageRequest {
    message: String,
    peer_id: Option<String>,
    role: Option<String>,
    kind: Option<String>,
}

impl MessageRequest {
    /// Fields that nobody knows are ignored. So a misspelt `peerId` is a broadcast, as with 100ms.
    fn read(body: &[u8]) -> Result<Self, Refused> {
        let body: Value = serde_json::from_slice(body)
            .map_err(|error| Refused::body_param(format!("the body is not JSON: {error}")))?;
        let Value::Object(mut body) = body else {
            return Err(Refused::body_param("the body is not a JSON object"));
        };
        let message =
            take(&mut body, "message")?.ok_or_else(|| Refused::body_param("message is required"))?;
        Ok(Self {
            message,
            peer_id: take(&mut body, "peer_id")?,
            role: take(&mut body, "role")?,
            kind: take(&mut body, "type")?,
        })
    }
}

/// Null and an empty string count as not given, as the documented sample shows.
fn take(body: &mut Map<String, Value>, field: &str) -> Result<Option<String>, Refused> {
    match body.remove(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
        Some(_) => Err(Refused::body_param(format!("{field} is not a string"))),
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
