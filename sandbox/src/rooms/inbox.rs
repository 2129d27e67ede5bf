//! The messages that a simulated peer has received. They are kept instead of being written to a WebSocket.

use crate::frames;
use axum::extract::ws::Utf8Bytes;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// Of each simulated peer, the last so many messages are kept, and of these no more than so many bytes. Simulated peers
/// that get the same message share its bytes.
pub const MAX_MESSAGES: usize = 10_000;
pub const MAX_BYTES: usize = 16 << 20;

/// A message as it was sent to the peer, with its number. The first message has the number 1.
pub type Numbered = (u64, Utf8Bytes);

#[derive(Debug)]
pub struct Inbox {
    kept: Mutex<Kept>,
    progress: watch::Sender<Progress>,
}

#[derive(Debug, Default)]
struct Kept {
    messages: VecDeque<Numbered>,
    bytes: usize,
    /// The number of the last message.
    last: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    last: u64,
    /// The peer has left.
    closed: bool,
}

/// What an inbox holds after a message that was read already.
#[derive(Debug, PartialEq, Eq)]
pub struct Unread {
    pub messages: Vec<Numbered>,
    /// The number of the last message that the peer received.
    pub last: u64,
    /// How many messages after the one that was read are no longer kept.
    pub dropped: u64,
}

impl Default for Inbox {
    fn default() -> Self {
        Self { kept: Mutex::default(), progress: watch::Sender::new(Progress::default()) }
    }
}

impl Inbox {
    /// Keeps a frame, if it is a message. When this returns, readers see it.
    pub fn push(&self, frame: &Utf8Bytes) {
        if !frames::is_broadcast(frame) {
            return;
        }
        let mut kept = self.lock();
        kept.last += 1;
        let last = kept.last;
        kept.bytes += frame.len();
        kept.messages.push_back((last, frame.clone()));
        // A single message may be larger than the limit.
        while kept.messages.len() > MAX_MESSAGES || (kept.bytes > MAX_BYTES && kept.messages.len() > 1) {
            let dropped = kept.messages.pop_front();
            kept.bytes -= dropped.map_or(0, |(_, frame)| frame.len());
        }
        self.progress.send_modify(|progress| progress.last = last);
    }

    /// The messages after the one with this number; 0 for all.
    pub fn after(&self, number: u64) -> Unread {
        let kept = self.lock();
        let messages: Vec<Numbered> =
            kept.messages.iter().filter(|(kept, _)| *kept > number).cloned().collect();
        let dropped = kept.last.saturating_sub(number) - messages.len() as u64;
        Unread { messages, last: kept.last, dropped }
    }

    /// Waits until there is a message after the one with this number, the peer leaves, or the time is over.
    pub async fn wait(&self, number: u64, at_most: Duration) {
        let mut progress = self.progress.subscribe();
        let ready = progress.wait_for(|progress| progress.last > number || progress.closed);
        let _ = tokio::time::timeout(at_most, ready).await;
    }

    /// Ends all waiting: the peer has left.
    pub fn close(&self) {
        self.progress.send_modify(|progress| progress.closed = true);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Audience;
    use serde_json::json;
    use std::pin::Pin;
    use std::task::{Context, Waker};

    fn message(text: &str) -> Utf8Bytes {
        frames::broadcast(&Audience::Everyone, None, &json!({"message": text})).0
    }

    fn numbers(unread: &Unread) -> Vec<u64> {
        unread.messages.iter().map(|(number, _)| *number).collect()
    }

    #[test]
    fn messages_are_numbered_and_other_frames_are_not_kept() {
        let inbox = Inbox::default();
        assert_eq!(inbox.after(0), Unread { messages: Vec::new(), last: 0, dropped: 0 });
        inbox.push(&message("one"));
        inbox.push(&frames::result(&json!(1), json!({})));
        inbox.push(&message("two"));
        let unread = inbox.after(0);
        assert_eq!((numbers(&unread), unread.last, unread.dropped), (vec![1, 2], 2, 0));
        assert_eq!(numbers(&inbox.after(1)), [2]);
        assert_eq!(inbox.after(2).messages, []);
        assert_eq!(inbox.after(7), Unread { messages: Vec::new(), last: 2, dropped: 0 });
    }

    #[test]
    fn only_the_last_messages_are_kept() {
        let inbox = Inbox::default();
        for number in 0..MAX_MESSAGES + 5 {
            inbox.push(&message(&number.to_string()));
        }
        let unread = inbox.after(2);
        assert_eq!((unread.messages.len(), unread.dropped), (MAX_MESSAGES, 3));
        assert_eq!((unread.messages[0].0, unread.last), (6, (MAX_MESSAGES + 5) as u64));
    }

    #[test]
    fn only_so_many_bytes_are_kept() {
        let inbox = Inbox::default();
        let half = message(&"x".repeat(MAX_BYTES / 2));
        for _ in 0..4 {
            inbox.push(&half);
        }
        assert_eq!(numbers(&inbox.after(0)), [4]);
        inbox.push(&message(&"x".repeat(MAX_BYTES + 1)));
        assert_eq!(numbers(&inbox.after(0)), [5]);
        assert_eq!(inbox.after(0).dropped, 4);
    }

    #[tokio::test(start_paused = true)]
    async fn it_waits_for_a_message_the_end_or_the_time() {
        let inbox = Inbox::default();
        let minute = Duration::from_secs(60);
        let start = tokio::time::Instant::now();
        inbox.wait(0, minute).await;
        assert_eq!(start.elapsed(), minute);
        let mut waiting = std::pin::pin!(inbox.wait(0, minute));
        assert!(!is_ready(waiting.as_mut()));
        inbox.push(&message("one"));
        assert!(is_ready(waiting));
        inbox.wait(0, minute).await;
        let mut waiting = std::pin::pin!(inbox.wait(1, minute));
        assert!(!is_ready(waiting.as_mut()));
        inbox.close();
        assert!(is_ready(waiting));
    }

    fn is_ready(future: Pin<&mut impl Future>) -> bool {
        future.poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }
}
