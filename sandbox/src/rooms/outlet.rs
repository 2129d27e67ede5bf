//! Where the frames of one peer go.

use super::frame_queue::{DisconnectReason, FrameSender};
use super::inbox::Inbox;
use axum::extract::ws::Utf8Bytes;
use std::sync::Arc;

#[derive(Debug, Clone)]
pub enum Outlet {
    /// A peer that has joined over a WebSocket.
    WebSocket(FrameSender),
    /// A simulated peer.
    Inbox(Arc<Inbox>),
}

impl Outlet {
    /// Never waits.
    pub fn send(&self, frame: &Utf8Bytes) {
        match self {
            Self::WebSocket(queue) => queue.send(frame),
            Self::Inbox(inbox) => inbox.push(frame),
        }
    }

    /// Ends the connection, or the waiting for messages of a simulated peer.
    pub fn disconnect(&self, reason: DisconnectReason) {
        match self {
            Self::WebSocket(queue) => queue.disconnect(reason),
            Self::Inbox(inbox) => inbox.close(),
        }
    }
}

impl From<FrameSender> for Outlet {
    fn from(queue: FrameSender) -> Self {
        Self::WebSocket(queue)
    }
}
