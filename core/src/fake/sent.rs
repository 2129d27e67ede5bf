//! What was sent, as the server would see it.

use serde::Deserialize;

use crate::net::FakeRequest;

use super::path::room_of;

/// A message that a [`Fake`](crate::Fake) accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SentMessage {
    /// The room.
    pub room_id: String,
    /// The peer that receives it; none if it is for a role or everyone.
    pub peer_id: Option<String>,
    /// The role that receives it; none if it is for a peer or everyone.
    pub role: Option<String>,
    /// The message's text.
    pub message: String,
    /// Its type.
    pub message_type: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    message: String,
    peer_id: Option<String>,
    role: Option<String>,
    r#type: Option<String>,
}

impl SentMessage {
    /// None of a query.
    pub(super) fn read(request: &FakeRequest<'_>) -> Option<Self> {
        let (room_id, "send-message") = room_of(request.path_and_query)? else { return None };
        let Body { message, peer_id, role, r#type } = serde_json::from_slice(request.body).ok()?;
        Some(SentMessage { room_id: room_id.to_owned(), peer_id, role, message, message_type: r#type })
    }
}
