//! What a simulated peer is seated with.

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    pub room_id: String,
    pub peer_id: String,
    pub role: String,
    pub user_id: String,
    pub name: String,
    /// The peer's metadata, as its client would give it.
    pub data: String,
}
