//! The reactor, as other threads use it.

use std::sync::{Arc, TryLockError};

use crate::error::Error;

use super::command::{Command, Mailbox};
use super::task::Task;
use super::thread::{self, Shared};

/// The reactor. It has a thread only while there is something to do, and a little longer.
pub(crate) struct ReactorHandle(Shared);

impl ReactorHandle {
    pub(crate) fn new(max_in_flight: usize) -> Self {
        ReactorHandle(Shared::new(max_in_flight))
    }

    /// Takes over an operation. First in, first out.
    ///
    /// # Errors
    /// If the system cannot start a thread, or poll sockets.
    pub(crate) fn submit(&self, task: Task) -> Result<(), Error> {
        let Some(task) = self.start_on_this_thread(Box::new(task)) else {
            return Ok(());
        };
        self.0.mailbox.post_or_start(Command::Start(task), || thread::start(&self.0))
    }

    /// Writes the request on the caller's thread, if a connection is idle and nothing is queued: that saves a wake-up of
    /// the reactor's thread, which then only waits for the response. Returns the task otherwise.
    fn start_on_this_thread(&self, task: Box<Task>) -> Option<Box<Task>> {
        // Without waiting for the lock: the reactor's thread may hold it while it waits for a lock that the caller holds.
        let mut scheduler = match self.0.scheduler.try_lock() {
            Ok(scheduler) => scheduler,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Some(task),
        };
        let Some(scheduler) = scheduler.as_mut().filter(|scheduler| scheduler.can_start_now(&task)) else {
            return Some(task);
        };
        scheduler.start(task);
        // Under the scheduler's lock, as the mailbox demands.
        if let Some(due) = scheduler.due() {
            self.0.mailbox.wake_before(due);
        }
        None
    }

    /// For cancelling operations that were submitted.
    pub(crate) fn canceller(&self) -> Cancel {
        Cancel(self.0.mailbox.clone())
    }

    /// No more operations are expected: idle connections are closed, and the threads end after the last operation.
    pub(crate) fn retire(&self) {
        self.0.mailbox.retire(Command::Wake);
        self.0.connect_threads.retire();
    }
}

impl Drop for ReactorHandle {
    fn drop(&mut self) {
        self.retire();
    }
}

/// Lets the reactor know of a cancelled operation, so that one that waits for its next attempt ends.
#[derive(Clone)]
pub(crate) struct Cancel(Arc<Mailbox>);

impl Cancel {
    pub(crate) fn cancelled(&self) {
        self.0.post(Command::Wake);
    }
}
