//! What a client is doing, in numbers.

use crate::error::ErrorKind;
use crate::runtime::OperationKind;

use super::Client;

/// What a client is doing now, and what it has done since it was made; in this process, if it was forked. The numbers are read
/// one after the other, while the client goes on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Operations under way, from their first attempt on. One that waits between two attempts is queued, unless its call blocks.
    pub in_flight: usize,
    /// Started operations that wait: for a place, for a retry, or for the rate of a batch.
    pub queued: usize,
    /// What started operations hold, in bytes; see [`MAX_QUEUED`](crate::MAX_QUEUED).
    pub queued_bytes: usize,
    /// Open connections that are kept for further requests.
    pub idle_connections: usize,
    /// Open connections in use.
    pub busy_connections: usize,
    /// Messages that the server accepted.
    pub sent: u64,
    /// Queries that the server answered.
    pub queried: u64,
    /// Attempts after the first of an operation.
    pub retried: u64,
    /// Operations that failed, by kind: every kind, in the order of [`ErrorKind::ALL`].
    pub failed: Vec<(ErrorKind, u64)>,
}

impl Stats {
    /// All operations that failed.
    pub fn failures(&self) -> u64 {
        self.failed.iter().map(|(_, count)| count).sum()
    }
}

impl Client {
    /// What the client is doing, in numbers.
    pub fn stats(&self) -> Stats {
        let process = self.0.per_process.current();
        let (operations, counters) = (&process.operations, &process.backend.counters);
        let connections = &process.backend.route.connections;
        let started = process.reactor.in_flight();
        Stats {
            in_flight: operations.count(OperationKind::Blocking) + started,
            queued: operations.count(OperationKind::Started).saturating_sub(started),
            queued_bytes: process.reactor.budget.used(),
            idle_connections: connections.idle(),
            busy_connections: connections.busy(),
            sent: counters.sent_count(),
            queried: counters.queried_count(),
            retried: counters.retried_count(),
            failed: counters.failed_counts(),
        }
    }
}
