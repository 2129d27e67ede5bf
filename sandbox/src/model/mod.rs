//! Plain data: who is in a room, whom a message is for, and what happened.

mod audience;
mod event;
mod peer;

pub use audience::Audience;
pub use event::{LeaveReason, RoomEvent, SentMessage};
pub use peer::{PeerInfo, Session};
