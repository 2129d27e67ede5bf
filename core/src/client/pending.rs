//! An operation that was started without waiting for it.

use std::fmt;
use std::sync::Arc;

use roomcast_process_local::generation;

use crate::delivery::Completion;
use crate::error::Error;
use crate::net::SendState;
use crate::runtime::Cancel;

/// An operation in flight, started with [`Client::start_message`](crate::Client::start_message). Dropping it does not cancel
/// the operation.
#[derive(Clone)]
pub struct Pending {
    /// Of the process that performs the operation.
    generation: u64,
    operation: PendingOperation,
}

#[derive(Clone)]
enum PendingOperation {
    Request { state: Arc<SendState>, completion: Arc<Completion>, reactor: Cancel },
    Multicast(Arc<dyn Cancellable>),
}

/// What several requests together perform.
pub(super) trait Cancellable: Send + Sync {
    /// As [`Pending::cancel`].
    fn cancel(&self);
    fn is_complete(&self) -> bool;
}

impl Pending {
    pub(super) fn new(
        generation: u64,
        reactor: Cancel,
        state: Arc<SendState>,
        completion: Arc<Completion>,
    ) -> Self {
        Pending { generation, operation: PendingOperation::Request { state, completion, reactor } }
    }

    pub(super) fn of_multicast(multicast: Arc<dyn Cancellable>) -> Self {
        Pending { generation: generation(), operation: PendingOperation::Multicast(multicast) }
    }

    /// Cancels the operation now: its callback is called, on this thread, with [`Cancelled`](crate::ErrorKind::Cancelled)
    /// and what is known of the message: `NotSent` if it was still queued or connecting (and then it never leaves), else
    /// `Unknown`. An operation that has completed stays as it is. So does, in a forked child, one that the parent started:
    /// the parent continues it.
    pub fn cancel(&self) {
        // In a child the parent's socket must not be shut down, which would break the parent's send; and a fork may have
        // left the locks locked.
        if self.generation != generation() {
            return;
        }
        match &self.operation {
            PendingOperation::Request { state, completion, reactor } => {
                // Taken before the socket is shut down: the reactor would report a broken connection.
                if let Some(on_done) = completion.take() {
                    let (outcome, attempts) = state.cancel();
                    reactor.cancelled();
                    on_done(Err(Error::cancelled(outcome).with_attempts(attempts)));
                }
            }
            PendingOperation::Multicast(multicast) => multicast.cancel(),
        }
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_complete = match &self.operation {
            PendingOperation::Request { completion, .. } => completion.is_complete(),
            PendingOperation::Multicast(multicast) => multicast.is_complete(),
        };
        f.debug_struct("Pending").field("is_complete", &is_complete).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::Budget;
    use crate::runtime::ReactorHandle;
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    #[test]
    fn a_forked_child_does_not_cancel_its_parents_send() {
        let (sender, receiver) = mpsc::channel();
        let state = SendState::new(Instant::now() + Duration::from_secs(60), None);
        let budget = Budget::new(0);
        let reservation = budget.reserve(0).unwrap();
        let completion = Completion::new(reservation, move |result| sender.send(result).unwrap());
        let cancel = ReactorHandle::new(1, budget, Arc::default()).canceller();
        let ours = Pending::new(generation(), cancel, state, completion);
        let parents = Pending { generation: generation() - 1, ..ours.clone() };
        parents.cancel();
        assert!(receiver.try_recv().is_err());
        ours.cancel();
        assert_eq!(receiver.try_recv().unwrap().unwrap_err().kind(), crate::ErrorKind::Cancelled);
    }
}
