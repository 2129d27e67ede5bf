//! The bounded queue of frames from a room to one peer's WebSocket.

use axum::extract::ws::Utf8Bytes;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::{Notify, mpsc};

/// A peer with more queued than this is disconnected, so that a slow reader costs neither memory nor the other peers'
/// time.
const MAX_QUEUED_FRAMES: usize = 65_536;
const MAX_QUEUED_BYTES: usize = 64 << 20;

/// Why the sandbox itself ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisconnectReason {
    /// Too many frames or bytes are queued.
    Overflow,
    /// The same peer id has connected again.
    Replaced,
    /// The sandbox forgets everything.
    Reset,
    /// The sandbox is shutting down.
    Shutdown,
}

#[derive(Debug, Default)]
struct Shared {
    queued_bytes: AtomicUsize,
    reason: OnceLock<DisconnectReason>,
    disconnected: Notify,
}

/// The room's half. Frames arrive in the order in which they are sent.
#[derive(Debug, Clone)]
pub struct FrameSender {
    frames: mpsc::Sender<Utf8Bytes>,
    shared: Arc<Shared>,
}

/// The WebSocket's half.
#[derive(Debug)]
pub struct FrameReceiver {
    frames: mpsc::Receiver<Utf8Bytes>,
    shared: Arc<Shared>,
}

pub fn frame_queue() -> (FrameSender, FrameReceiver) {
    let (sender, receiver) = mpsc::channel(MAX_QUEUED_FRAMES);
    let shared = Arc::new(Shared::default());
    let receiver = FrameReceiver { frames: receiver, shared: Arc::clone(&shared) };
    (FrameSender { frames: sender, shared }, receiver)
}

impl FrameSender {
    /// Queues a frame and never waits. If the queue overflows, the peer is disconnected. Frames that are sent after a
    /// disconnect are dropped.
    pub fn send(&self, frame: &Utf8Bytes) {
        if self.shared.reason.get().is_some() {
            return;
        }
        let size = frame.len();
        let queued = self.shared.queued_bytes.fetch_add(size, Ordering::Relaxed);
        // A single frame may be larger than the limit if the queue is empty.
        let too_large = queued > 0 && queued + size > MAX_QUEUED_BYTES;
        if too_large || self.frames.try_send(frame.clone()).is_err() {
            self.disconnect(DisconnectReason::Overflow);
        }
    }

    /// Makes the WebSocket task end the connection. The first reason counts.
    pub fn disconnect(&self, reason: DisconnectReason) {
        let _ = self.shared.reason.set(reason);
        self.shared.disconnected.notify_one();
    }
}

impl FrameReceiver {
    /// Waits for the next frame. The frame counts as queued until [`FrameReceiver::record_written`].
    pub async fn recv(&mut self) -> Option<Utf8Bytes> {
        self.frames.recv().await
    }

    /// Returns the next frame if one is queued.
    pub fn try_recv(&mut self) -> Option<Utf8Bytes> {
        self.frames.try_recv().ok()
    }

    pub fn record_written(&self, bytes: usize) {
        self.shared.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Completes when the sandbox ends the connection. The future does not borrow the receiver, so frames can be
    /// received meanwhile.
    pub fn disconnected(&self) -> impl Future<Output = DisconnectReason> + use<> {
        let shared = Arc::clone(&self.shared);
        async move {
            loop {
                if let Some(reason) = shared.reason.get() {
                    return *reason;
                }
                shared.disconnected.notified().await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_in_order() {
        let (sender, mut receiver) = frame_queue();
        sender.send(&"one".into());
        sender.send(&"two".into());
        assert_eq!(receiver.try_recv().unwrap(), "one");
        assert_eq!(receiver.try_recv().unwrap(), "two");
        assert!(receiver.try_recv().is_none());
    }

    #[test]
    fn too_many_frames_disconnect_the_peer() {
        let (sender, receiver) = frame_queue();
        for _ in 0..MAX_QUEUED_FRAMES {
            sender.send(&"x".into());
        }
        assert_eq!(receiver.shared.reason.get(), None);
        sender.send(&"x".into());
        assert_eq!(receiver.shared.reason.get(), Some(&DisconnectReason::Overflow));
    }

    #[test]
    fn too_many_bytes_disconnect_the_peer_but_written_ones_do_not_count() {
        let (sender, mut receiver) = frame_queue();
        let half = Utf8Bytes::from("x".repeat(MAX_QUEUED_BYTES / 2));
        for _ in 0..3 {
            sender.send(&half);
            let frame = receiver.try_recv().unwrap();
            receiver.record_written(frame.len());
        }
        sender.send(&half);
        sender.send(&half);
        assert_eq!(receiver.shared.reason.get(), None);
        sender.send(&"x".into());
        assert_eq!(receiver.shared.reason.get(), Some(&DisconnectReason::Overflow));
    }
}
