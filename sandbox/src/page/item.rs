//! Room events as JSON for the page, with long texts truncated.

use crate::model::{Audience, MAX_NAME, MAX_TEXT, PeerInfo, RoomEvent, SentMessage, truncate};
use crate::requests::Recorded;
use crate::webhooks::{Attempt, Webhook};
use chrono::Utc;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::sync::Arc;

/// An event, as JSON.
pub type Item = Arc<str>;

/// Describes an event. Returns `None` for events that the page does not show.
pub fn describe(event: &RoomEvent) -> Option<Value> {
    Some(match event {
        RoomEvent::Joined { room_id, peer, .. } => json!({
            "kind": "joined",
            "room": truncate(room_id, MAX_NAME),
            "at": peer.joined_at.timestamp_millis(),
            "peer": peer_object(peer),
        }),
        RoomEvent::Left { room_id, peer, reason, .. } => json!({
            "kind": "left",
            "room": truncate(room_id, MAX_NAME),
            "at": Utc::now().timestamp_millis(),
            "peer": peer_object(peer),
            "reason": reason.as_str(),
        }),
        RoomEvent::Sent { room_id, message } => describe_message(room_id, message),
        // Implied by the first join and the last leave.
        RoomEvent::Opened { .. } | RoomEvent::Closed { .. } | RoomEvent::Reset => return None,
    })
}

fn describe_message(room_id: &str, message: &SentMessage) -> Value {
    let to = match &message.audience {
        Audience::Everyone => json!({"kind": "everyone"}),
        Audience::Roles(roles) => {
            json!({"kind": "roles", "roles": truncate(&roles.join(", "), MAX_NAME)})
        }
        Audience::Peer(_) => json!({"kind": "peer", "peer": message.recipient.as_ref().map(peer_object)}),
    };
    // A message from a peer may contain any JSON.
    let text_of = |field: &str| match &message.info[field] {
        Value::String(text) => Cow::Borrowed(text.as_str()),
        other => Cow::Owned(other.to_string()),
    };
    let text = text_of("message");
    let shown = truncate(&text, MAX_TEXT);
    json!({
        "kind": "message",
        "room": truncate(room_id, MAX_NAME),
        "at": message.timestamp,
        "message_id": message.message_id,
        "from": message.from.as_ref().map(peer_object),
        "to": to,
        "type": message.info.get("type").map(|_| truncate(&text_of("type"), MAX_NAME).to_owned()),
        "text": shown,
        "bytes": text.len(),
        "is_whole": shown.len() == text.len(),
        "reached": message.reached,
        "recipients": message.recipients.iter().map(|id| truncate(id, MAX_NAME)).collect::<Vec<_>>(),
    })
}

/// A request to the server API, for the page.
pub fn describe_request(request: &Recorded) -> Value {
    json!({"kind": "request", "request": request})
}

/// An attempt to deliver a webhook, for the page.
pub fn describe_webhook(webhook: &Webhook, attempt: &Attempt) -> Value {
    json!({
        "kind": "webhook",
        "id": webhook.id,
        "room": truncate(&webhook.room_id, MAX_NAME),
        "at": Utc::now().timestamp_millis(),
        "type": truncate(&webhook.kind, MAX_NAME),
        "body": truncate(&webhook.body, MAX_TEXT),
        "attempt": attempt.number,
        "error": attempt.error,
        "retry_in": attempt.retry_in.map(|delay| delay.as_secs()),
    })
}

/// A peer, for the page.
pub fn peer_object(peer: &PeerInfo) -> Value {
    json!({
        "peer_id": truncate(&peer.peer_id, MAX_NAME),
        "name": truncate(&peer.name, MAX_NAME),
        "role": truncate(&peer.role, MAX_NAME),
        "user_id": truncate(&peer.user_id, MAX_NAME),
    })
}
