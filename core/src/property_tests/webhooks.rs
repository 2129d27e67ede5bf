//! Any body that may be posted, and what holds for the event or the error that comes of it.

use serde_json::Value;

use super::{model, texts};
use crate::webhooks::{Event, EventKind, MAX_WEBHOOK_BODY, WebhookErrorKind, Webhooks};

const SECRET: &str = "secret-of-the-fuzzer";
/// A character that occurs in bodies only.
const MARK: char = '§';

/// Compares the event that was parsed with a second parse of the body.
pub(super) fn hold(body: &[u8]) {
    let webhooks = Webhooks::new(SECRET).unwrap();
    let error = webhooks.read(Some(body), body).unwrap_err();
    assert_eq!((error.kind(), error.status()), (WebhookErrorKind::WrongSecret, 401));
    match webhooks.read(Some(SECRET.as_bytes()), body) {
        Ok(event) => {
            // serde_json's own parse, in which the last of two keys counts.
            let read: Value = serde_json::from_slice(body).expect("an event is JSON");
            stands_in(&event, &read);
            assert_eq!(webhooks.read(Some(SECRET.as_bytes()), body).unwrap(), event);
        }
        Err(error) => {
            assert_eq!((error.kind(), error.status()), (WebhookErrorKind::InvalidBody, 400));
            let text = error.to_string();
            assert!(
                text.len() < 300 && !text.contains(texts::breaks_line) && !text.contains(MARK),
                "{text:?}"
            );
        }
    }
    assert!(body.len() <= MAX_WEBHOOK_BODY);
}

fn stands_in(event: &Event, read: &Value) {
    assert_eq!(read["id"], event.id.as_str());
    assert_eq!(read["type"], event.event_type.as_str());
    assert!(model::is_name(&event.id) && model::is_name(&event.event_type));
    assert_eq!(event.is_replay, read["is_replay"] == true);
    let data: Value = serde_json::from_str(&event.data).expect("data is JSON");
    assert!(data.is_object());
    assert_eq!(&data, read.get("data").unwrap_or(&serde_json::json!({})));
    let typed = matches!(event.event_type.as_str(), "peer.join.success" | "peer.leave.success");
    assert_eq!(event.peer().is_some(), typed, "{}", event.event_type);
    assert_eq!(matches!(event.kind, EventKind::PeerLeft(_)), event.event_type == "peer.leave.success");
    if let Some(peer) = event.peer() {
        assert_eq!(data["peer_id"], peer.peer_id.as_str());
        assert_eq!(data["room_id"], peer.room_id.as_str());
        assert!(model::is_name(&peer.peer_id) && model::is_room_id(&peer.room_id));
        for (name, text) in [("user_id", &peer.user_id), ("role", &peer.role)] {
            assert!(text.is_empty() || model::is_name(text), "{name}: {text:?}");
            // Nothing but text is read as a user or a role.
            assert_eq!(data.get(name).unwrap_or(&Value::from("")), text.as_str());
        }
    }
    let names: Vec<_> = event.fields().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.iter().collect::<std::collections::HashSet<_>>().len(), names.len(), "a field twice");
}
