//! A counter of messages to send, shared between threads.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Failure;

/// Hands out the numbers of messages, up to a number and a duration.
pub struct Work {
    next: AtomicU64,
    messages: u64,
    until: Instant,
}

impl Work {
    pub fn new(messages: u64, seconds: f64) -> Self {
        Work { next: AtomicU64::new(0), messages, until: Instant::now() + Duration::from_secs_f64(seconds) }
    }

    /// The number of the next message; `None` if no more are to be sent.
    pub fn take(&self) -> Option<u64> {
        if Instant::now() >= self.until {
            return None;
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        (number < self.messages).then_some(number)
    }

    /// How many numbers were handed out.
    pub fn taken(&self) -> u64 {
        self.next.load(Ordering::Relaxed).min(self.messages)
    }
}

/// Sends with a blocking call, on this thread or on `in_flight` threads.
pub fn blocking(
    work: &Work,
    in_flight: usize,
    send: impl Fn(u64) -> Result<(), Failure> + Sync,
) -> Result<(), Failure> {
    let sends = || {
        while let Some(number) = work.take() {
            send(number)?;
        }
        Ok(())
    };
    if in_flight == 1 {
        return sends();
    }
    thread::scope(|scope| {
        let threads: Vec<_> = (0..in_flight).map(|_| scope.spawn(sends)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("no thread panics"))
    })
}
