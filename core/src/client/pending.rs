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
    state: Arc<SendState>,
    completion: Arc<Completion>,
    /// Of the process that performs the operation.
    generation: u64,
    reactor: Cancel,
}

impl Pending {
    pub(super) fn new(
        generation: u64,
        reactor: Cancel,
        state: Arc<SendState>,
        completion: Arc<Completion>,
    ) -> Self {
        Pending { state, completion, generation, reactor }
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
        // Taken before the socket is shut down: the reactor would report a broken connection.
        if let Some(on_done) = self.completion.take() {
            let (outcome, attempts) = self.state.cancel();
            self.reactor.cancelled();
            on_done(Err(Error::cancelled(outcome).with_attempts(attempts)));
        }
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("is_complete", &self.completion.is_complete()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::ReactorHandle;
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    #[test]
    fn a_forked_child_does_not_cancel_its_parents_send() {
        let (sender, receiver) = mpsc::channel();
        let state = SendState::new(Instant::now() + Duration::from_secs(60), None);
        let completion = Completion::new(move |result| sender.send(result).unwrap());
        let ours = Pending::new(generation(), ReactorHandle::new(1).canceller(), state, completion);
        let parents = Pending { generation: generation() - 1, ..ours.clone() };
        parents.cancel();
        assert!(receiver.try_recv().is_err());
        ours.cancel();
        assert_eq!(receiver.try_recv().unwrap().unwrap_err().kind(), crate::ErrorKind::Cancelled);
    }
}
