//! The operations: from what the caller asks for, to what the response's body means.

use std::borrow::Cow;

use super::{CallOptions, PeerQuery, Request, RoomQuery};

/// For language bindings: one call of the API with its arguments. It is validated when it is executed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Operation<'a> {
    /// Sends a message.
    SendMessage(Cow<'a, Request>),
    /// Queries the peers in a room.
    ListPeers(Cow<'a, PeerQuery>),
    /// Queries a room.
    GetRoom(Cow<'a, RoomQuery>),
}

impl<'a> Operation<'a> {
    /// Whether repeating it has no effect: a query, not a message.
    pub(crate) fn is_idempotent(&self) -> bool {
        !matches!(self, Operation::SendMessage(_))
    }

    pub(crate) fn room_id(&self) -> &str {
        match self {
            Operation::SendMessage(request) => &request.room_id,
            Operation::ListPeers(query) => &query.room_id,
            Operation::GetRoom(query) => &query.room_id,
        }
    }

    /// What the call sets instead of the client.
    pub(crate) fn options(&self) -> CallOptions {
        match self {
            Operation::SendMessage(request) => request.options,
            Operation::ListPeers(query) => query.options,
            Operation::GetRoom(query) => query.options,
        }
    }

    /// Without the text of a message that it owns: once it is encoded, the encoding is the only copy.
    pub(crate) fn without_text(self) -> Self {
        match self {
            Operation::SendMessage(Cow::Owned(mut request)) => {
                request.message.clear();
                Operation::SendMessage(Cow::Owned(request))
            }
            other => other,
        }
    }

    /// Borrowing nothing, and without a message's text.
    pub(crate) fn into_owned_without_text(self) -> Operation<'static> {
        match self.without_text() {
            Operation::SendMessage(Cow::Owned(request)) => Operation::SendMessage(Cow::Owned(request)),
            Operation::SendMessage(Cow::Borrowed(request)) => {
                Operation::SendMessage(Cow::Owned(request.without_text()))
            }
            Operation::ListPeers(query) => Operation::ListPeers(Cow::Owned(query.into_owned())),
            Operation::GetRoom(query) => Operation::GetRoom(Cow::Owned(query.into_owned())),
        }
    }
}
