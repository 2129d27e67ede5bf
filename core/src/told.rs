//! What a call gave.

use crate::receipt::Receipt;
use crate::rooms::{Peer, Room};

/// For language bindings: what a call of whatever method gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// A message was taken.
    Receipt(Receipt),
    /// The peers that were asked for.
    Peers(Vec<Peer>),
    /// The room that was asked for.
    Room(Box<Room>),
}
