//! One request to the API: from what the caller asks for, to what the response's body means.

use std::borrow::Cow;

use super::{CallOptions, PeerQuery, Request, RoomQuery};

/// For language bindings: one request to the API with its arguments. It is validated when it is executed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ApiRequest<'a> {
    /// Sends a message.
    SendMessage(Cow<'a, Request>),
    /// Queries the peers in a room.
    ListPeers(Cow<'a, PeerQuery>),
    /// Queries a room.
    GetRoom(Cow<'a, RoomQuery>),
}

impl<'a> ApiRequest<'a> {
    /// Whether repeating it has no effect: a query, not a message.
    pub(crate) fn is_idempotent(&self) -> bool {
        !matches!(self, ApiRequest::SendMessage(_))
    }

    pub(crate) fn room_id(&self) -> &str {
        match self {
            ApiRequest::SendMessage(request) => &request.room_id,
            ApiRequest::ListPeers(query) => &query.room_id,
            ApiRequest::GetRoom(query) => &query.room_id,
        }
    }

    /// What the call sets instead of the client.
    pub(crate) fn options(&self) -> CallOptions {
        match self {
            ApiRequest::SendMessage(request) => request.options,
            ApiRequest::ListPeers(query) => query.options,
            ApiRequest::GetRoom(query) => query.options,
        }
    }

    /// Without the text of a message that it owns: once it is encoded, the encoding is the only copy.
    pub(crate) fn without_text(self) -> Self {
        match self {
            ApiRequest::SendMessage(Cow::Owned(mut request)) => {
                request.message.clear();
                ApiRequest::SendMessage(Cow::Owned(request))
            }
            other => other,
        }
    }

    /// Borrowing nothing, and without a message's text.
    pub(crate) fn into_owned_without_text(self) -> ApiRequest<'static> {
        match self.without_text() {
            ApiRequest::SendMessage(Cow::Owned(request)) => ApiRequest::SendMessage(Cow::Owned(request)),
            ApiRequest::SendMessage(Cow::Borrowed(request)) => {
                ApiRequest::SendMessage(Cow::Owned(request.without_text()))
            }
            ApiRequest::ListPeers(query) => ApiRequest::ListPeers(Cow::Owned(query.into_owned())),
            ApiRequest::GetRoom(query) => ApiRequest::GetRoom(Cow::Owned(query.into_owned())),
        }
    }
}
