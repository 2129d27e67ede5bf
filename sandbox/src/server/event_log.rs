//! `--verbose`: writes to stderr which peers join and leave.

use crate::model::RoomEvent;
use std::io::Write;

pub fn log(event: &RoomEvent) {
    let line = match event {
        RoomEvent::Joined { room_id, session, peer } => {
            format!("{room_id}: {} joined as {} (session {})", peer.peer_id, peer.role, session.id)
        }
        RoomEvent::Left { room_id, session, peer, reason, .. } => {
            format!("{room_id}: {} left: {} (session {})", peer.peer_id, reason.as_str(), session.id)
        }
        RoomEvent::Reset => "everything was forgotten".to_owned(),
        // Opened and Closed are implied by the first join and the last leave.
        RoomEvent::Opened { .. } | RoomEvent::Closed { .. } | RoomEvent::Sent { .. } => return,
    };
    let _ = writeln!(std::io::stderr(), "{line}");
}
