//! How the operations of a client ended, counted.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::api::Response;
use crate::error::{Error, ErrorKind};

/// Since the client was made, in one process.
#[derive(Default)]
pub(crate) struct Counters {
    sent: AtomicU64,
    queried: AtomicU64,
    retried: AtomicU64,
    failed: [AtomicU64; ErrorKind::ALL.len()],
}

impl Counters {
    /// An operation ended.
    pub(crate) fn ended(&self, result: Result<&Response, &Error>) {
        let counter = match result {
            Ok(Response::SendResult(_)) => &self.sent,
            Ok(_) => &self.queried,
            Err(error) => &self.failed[error.kind() as usize],
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn retried(&self) {
        self.retried.fetch_add(1, Ordering::Relaxed);
    }

    /// Messages that the server accepted.
    pub(crate) fn sent_count(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Queries that it answered.
    pub(crate) fn queried_count(&self) -> u64 {
        self.queried.load(Ordering::Relaxed)
    }

    /// Attempts after the first.
    pub(crate) fn retried_count(&self) -> u64 {
        self.retried.load(Ordering::Relaxed)
    }

    /// Operations that failed, by kind; in the order of [`ErrorKind::ALL`].
    pub(crate) fn failed_counts(&self) -> Vec<(ErrorKind, u64)> {
        let counts = self.failed.iter().map(|count| count.load(Ordering::Relaxed));
        ErrorKind::ALL.into_iter().zip(counts).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Outcome;

    #[test]
    fn each_kind_has_its_own_count() {
        let counters = Counters::default();
        for (times, kind) in ErrorKind::ALL.into_iter().enumerate() {
            for _ in 0..times {
                counters.ended(Err(&Error::new(kind, Outcome::NotSent, "")));
            }
        }
        let counted: Vec<_> = counters.failed_counts().into_iter().map(|(_, count)| count).collect();
        assert_eq!(counted, (0..14).collect::<Vec<u64>>());
    }
}
