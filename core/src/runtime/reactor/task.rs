//! An operation in the reactor's hands.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::delivery::{Completer, Delivery, Step};
use crate::error::Error;
use crate::net::{Attempt, BlockingSocket, Connection, Exchange, Failure};

/// A started operation, and the callback for its result.
pub(crate) struct Task {
    /// In the order in which they were started.
    pub(crate) id: u64,
    pub(crate) delivery: Delivery<'static>,
    pub(crate) completer: Completer,
    /// Its first attempt begins no sooner.
    pub(crate) begin_at: Option<Instant>,
    /// While it is in flight.
    pub(crate) place: Option<Place>,
}

impl Task {
    pub(crate) fn new(delivery: Delivery<'static>, completer: Completer) -> Self {
        Task { id: 0, delivery, completer, begin_at: None, place: None }
    }

    pub(crate) fn begin_at(mut self, time: Option<Instant>) -> Self {
        self.begin_at = time;
        self
    }
}

/// The number of tasks in flight.
#[derive(Clone, Default)]
pub(super) struct InFlight(Arc<AtomicUsize>);

/// The place of one of them, free again when this is dropped: also if a panic drops its task.
pub(crate) struct Place(Arc<AtomicUsize>);

impl InFlight {
    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn take_place(&self) -> Place {
        self.0.fetch_add(1, Ordering::Relaxed);
        Place(self.0.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A task with its current attempt, on a connection.
pub(super) struct ActiveAttempt {
    pub(super) task: Box<Task>,
    pub(super) exchange: Exchange,
    pub(super) attempt: Attempt,
}

/// A connection that was opened for a task's attempt, or could not be.
pub(super) struct Connected {
    pub(super) task: u64,
    /// The outer error is a panic.
    pub(super) opened: Result<Result<Connection<BlockingSocket>, Failure>, Error>,
}

/// A task whose attempt ended, and what follows.
pub(super) struct Evaluated {
    pub(super) task: Box<Task>,
    /// The error is a panic.
    pub(super) step: Result<Step, Error>,
}
