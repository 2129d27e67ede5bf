//! Plain data: peers, sessions, the audience of a message, room events.

mod audience;
mod event;
mod peer;

pub use audience::Audience;
pub use event::{LeaveReason, RoomEvent, SentMessage};
pub use peer::{PeerInfo, Session};
