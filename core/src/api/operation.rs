//! The operations: from what the caller asks for, to what the response's body means.

use std::borrow::Cow;

use super::{PeerQuery, Request, RoomQuery};

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

impl Operation<'_> {
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

    /// The message's text, which no error may show; empty for a query.
    pub(crate) fn message(&self) -> &str {
        match self {
            Operation::SendMessage(request) => &request.message,
            Operation::ListPeers(_) | Operation::GetRoom(_) => "",
        }
    }

    pub(crate) fn into_owned(self) -> Operation<'static> {
        fn owned<T: Clone>(value: Cow<'_, T>) -> Cow<'static, T> {
            Cow::Owned(value.into_owned())
        }
        match self {
            Operation::SendMessage(request) => Operation::SendMessage(owned(request)),
            Operation::ListPeers(query) => Operation::ListPeers(owned(query)),
            Operation::GetRoom(query) => Operation::GetRoom(owned(query)),
        }
    }
}
