//! Webhooks that a test asks for.

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A webhook, as 100ms posts it. What is known of the room and the peer is in it; what is not, is made up.
#[derive(Debug, Clone)]
#[must_use = "pass it to Sandbox::webhook"]
pub struct Webhook {
    body: Value,
    headers: Map<String, Value>,
    data: Map<String, Value>,
}

/// The response to a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct WebhookResponse {
    /// `None` if there was no response.
    pub status: Option<u16>,
    /// How many attempts there were.
    pub attempts: u32,
    /// The response's body; nothing of one that is longer than 64 KiB.
    #[serde(default)]
    pub body: Option<String>,
    /// Why there was no response.
    #[serde(default)]
    pub error: Option<String>,
}

impl Webhook {
    /// A webhook of this type, such as `peer.join.success`, for a room.
    pub fn new(kind: &str, room_id: &str) -> Self {
        Self { body: json!({"type": kind, "room_id": room_id}), headers: Map::new(), data: Map::new() }
    }

    /// About this peer.
    pub fn peer(self, peer_id: &str) -> Self {
        self.with("peer_id", peer_id.into())
    }

    /// A field of the event's `data`. It replaces what the sandbox knows.
    pub fn data(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.data.insert(field.to_owned(), value.into());
        self
    }

    /// Posted to this URL, instead of the one that was set with [`Sandbox::set_webhook_target`](crate::Sandbox::set_webhook_target).
    pub fn url(self, url: &str) -> Self {
        self.with("url", url.into())
    }

    /// With this header; only together with [`Webhook::url`].
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.into());
        self
    }

    /// Up to so many attempts, 1 to 4, until one gets status 200, after 1 s, 3 s and 10 s as 100ms does. Default: 1.
    pub fn max_attempts(self, attempts: u32) -> Self {
        self.with("max_attempts", attempts.into())
    }

    fn with(mut self, field: &str, value: Value) -> Self {
        self.body[field] = value;
        self
    }

    pub(crate) fn body(&self) -> Value {
        let mut body = self.body.clone();
        for (field, object) in [("data", &self.data), ("headers", &self.headers)] {
            if !object.is_empty() {
                body[field] = Value::Object(object.clone());
            }
        }
        body
    }
}
