//! The operations: from what the caller asks for, to what the response's body means.

use std::borrow::Cow;

use super::response::Expected;
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

impl<'a> Operation<'a> {
    /// What its response must hold. A message is not needed for that, only its encoding is kept.
    pub(crate) fn into_expected(self) -> Expected<'a> {
        match self {
            Operation::SendMessage(_) => Expected::SendResult,
            Operation::ListPeers(query) => Expected::Peers(query),
            Operation::GetRoom(query) => Expected::Room(query),
        }
    }
}
