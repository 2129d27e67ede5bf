//! What anybody may post, against what is promised of an event and of an error.

use serde_json::Value;

use super::{model, words};
use crate::webhooks::{Event, EventKind, MAX_WEBHOOK_BODY, WebhookErrorKind, Webhooks};

const SECRET: &str = "secret-of-the-fuzzer";
/// A character that nothing but a body has.
const MARK: char = '§';

/// Holds what is read of a body against a second reading of it.
pub(super) fn hold(body: &[u8]) {
    let webhooks = Webhooks::new(SECRET).unwrap();
    let error = webhooks.read(Some(body), body).unwrap_err();
    assert_eq!((error.kind(), error.status()), (WebhookErrorKind::WrongSecret, 401));
    match webhooks.read(Some(SECRET.as_bytes()), body) {
        Ok(event) => {
            // serde_json's own reading, in which the last of two keys counts.
            let read: Value = serde_json::from_slice(body).expect("an event is JSON");
            is_told_in(&event, &read);
            assert_eq!(webhooks.read(Some(SECRET.as_bytes()), body).unwrap(), event);
        }
        Err(error) => {
            assert_eq!((error.kind(), error.status()), (WebhookErrorKind::InvalidBody, 400));
            let text = error.to_string();
            assert!(
                text.len() < 300 && !text.contains(words::breaks_line) && !text.contains(MARK),
                "{text:?}"
            );
        }
    }
    assert!(body.len() <= MAX_WEBHOOK_BODY);
}

fn is_told_in(event: &Event, read: &Value) {
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
        for (name, told) in [("user_id", &peer.user_id), ("role", &peer.role)] {
            assert!(told.is_empty() || model::is_name(told), "{name}: {told:?}");
            // Nothing but text is read as a user or a role.
            assert_eq!(data.get(name).unwrap_or(&Value::from("")), told.as_str());
        }
    }
    let names: Vec<_> = event.fields().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.iter().collect::<std::collections::HashSet<_>>().len(), names.len(), "a field twice");
}
