//! Plain data: peers, sessions, the audience of a message, room events.

mod audience;
mod event;
mod peer;
mod text;

pub use audience::Audience;
pub use event::{LeaveReason, RoomEvent, SentMessage};
pub use peer::{PeerInfo, Session};
pub use text::{MAX_NAME, MAX_TEXT, truncate};
