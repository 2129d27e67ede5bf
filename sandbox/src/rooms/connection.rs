//! Identifies a connection of a peer.

/// One connection of one peer. It is stale once the same peer id has connected again: then operations with it have no
/// effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    pub room_id: String,
    pub peer_id: String,
    /// Unique in this run of the sandbox.
    pub number: u64,
}
