//! The bounded queue between a room and one peer's socket.

use axum::extract::ws::Utf8Bytes;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::{Notify, mpsc};

/// A peer that lets this much wait is cut off, so that one slow reader costs neither memory nor the others' time.
const MAX_WAITING_FRAMES: usize = 65_536;
const MAX_WAITING_BYTES: usize = 64 << 20;

/// Why the sandbox itself ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Too much waits to be read.
    Overflow,
    /// The same peer has connected again.
    Replaced,
    /// The sandbox is shutting down.
    Shutdown,
}

#[derive(Debug, Default)]
struct Shared {
    waiting_bytes: AtomicUsize,
    cut: OnceLock<Cut>,
    was_cut: Notify,
}

/// The room's end: what is put in arrives in this order.
#[derive(Debug, Clone)]
pub struct Line {
    frames: mpsc::Sender<Utf8Bytes>,
    shared: Arc<Shared>,
}

/// The socket's end.
#[derive(Debug)]
pub struct LineEnd {
    frames: mpsc::Receiver<Utf8Bytes>,
    shared: Arc<Shared>,
}

pub fn line() -> (Line, LineEnd) {
    let (sender, receiver) = mpsc::channel(MAX_WAITING_FRAMES);
    let shared = Arc::new(Shared::default());
    let end = LineEnd { frames: receiver, shared: Arc::clone(&shared) };
    let line = Line { frames: sender, shared };
    (line, end)
}

impl Line {
    /// Queues a frame and never waits. An overflowing line is cut.
    pub fn send(&self, frame: &Utf8Bytes) {
        if self.shared.cut.get().is_some() {
            return;
        }
        let size = frame.len();
        let waiting = self.shared.waiting_bytes.fetch_add(size, Ordering::Relaxed);
        // One frame may be larger than all that may wait, if nothing else does.
        let too_much = waiting > 0 && waiting + size > MAX_WAITING_BYTES;
        if too_much || self.frames.try_send(frame.clone()).is_err() {
            self.cut(Cut::Overflow);
        }
    }

    pub fn cut(&self, why: Cut) {
        let _ = self.shared.cut.set(why);
        self.shared.was_cut.notify_one();
    }
}

impl LineEnd {
    /// The next frame. It counts as waiting until it is reported as [`LineEnd::written`].
    pub async fn next(&mut self) -> Option<Utf8Bytes> {
        self.frames.recv().await
    }

    /// A frame that is there already.
    pub fn next_at_once(&mut self) -> Option<Utf8Bytes> {
        self.frames.try_recv().ok()
    }

    pub fn written(&self, bytes: usize) {
        self.shared.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Tells when the line is cut, while its frames are being taken.
    pub fn cutting(&self) -> impl Future<Output = Cut> + use<> {
        let shared = Arc::clone(&self.shared);
        async move {
            loop {
                if let Some(why) = shared.cut.get() {
                    return *why;
                }
                shared.was_cut.notified().await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_in_order() {
        let (line, mut end) = line();
        line.send(&"one".into());
        line.send(&"two".into());
        assert_eq!(end.next_at_once().unwrap(), "one");
        assert_eq!(end.next_at_once().unwrap(), "two");
        assert!(end.next_at_once().is_none());
    }

    #[test]
    fn too_many_frames_cut_the_line() {
        let (line, end) = line();
        for _ in 0..MAX_WAITING_FRAMES {
            line.send(&"x".into());
        }
        assert_eq!(end.shared.cut.get(), None);
        line.send(&"x".into());
        assert_eq!(end.shared.cut.get(), Some(&Cut::Overflow));
    }

    #[test]
    fn too_many_bytes_cut_the_line_but_written_ones_do_not_count() {
        let (line, mut end) = line();
        let half = Utf8Bytes::from("x".repeat(MAX_WAITING_BYTES / 2));
        for _ in 0..3 {
            line.send(&half);
            let frame = end.next_at_once().unwrap();
            end.written(frame.len());
        }
        line.send(&half);
        line.send(&half);
        assert_eq!(end.shared.cut.get(), None);
        line.send(&"x".into());
        assert_eq!(end.shared.cut.get(), Some(&Cut::Overflow));
    }
}
