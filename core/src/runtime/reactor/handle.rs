//! The reactor, as other threads use it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, TryLockError};

use crate::delivery::Budget;
use crate::error::Error;
use crate::net::IdleLimit;

use super::command::{Command, Mailbox};
use super::task::Task;
use super::thread::{self, Shared};

/// The reactor. It has a thread only while there is something to do, and a little longer.
pub(crate) struct ReactorHandle {
    shared: Shared,
    next_id: AtomicU64,
    /// What started operations hold until they are complete.
    pub(crate) budget: Budget,
}

impl ReactorHandle {
    pub(crate) fn new(max_in_flight: usize, budget: Budget, idle_limit: Arc<IdleLimit>) -> Self {
        ReactorHandle { shared: Shared::new(max_in_flight, idle_limit), next_id: AtomicU64::new(0), budget }
    }

    /// Takes over an operation, and returns what cancels it. First in, first out. If it fails, the operation's callback is
    /// not called.
    ///
    /// # Errors
    /// If the system cannot start a thread, or poll sockets.
    pub(crate) fn submit(&self, mut task: Task) -> Result<Cancel, Error> {
        task.id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let cancel = Cancel { mailbox: self.shared.mailbox.clone(), task: task.id };
        let Some(task) = self.start_on_this_thread(Box::new(task)) else {
            return Ok(cancel);
        };
        let posted = self.shared.mailbox.post_or_start(Command::Start(task), || thread::start(&self.shared));
        posted.map(|()| cancel).map_err(|(error, command)| {
            if let Command::Start(task) = command {
                task.completer.withdraw();
            }
            error
        })
    }

    /// Writes the request on the caller's thread, if a connection is idle and nothing is queued: that saves a wake-up of
    /// the reactor's thread, which then only waits for the response. Returns the task otherwise.
    fn start_on_this_thread(&self, task: Box<Task>) -> Option<Box<Task>> {
        // Without waiting for the lock: the reactor's thread may hold it while it waits for a lock that the caller holds.
        let mut scheduler = match self.shared.scheduler.try_lock() {
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
            self.shared.mailbox.wake_before(due);
        }
        None
    }

    #[cfg(test)]
    pub(crate) fn canceller(&self) -> Cancel {
        Cancel { mailbox: self.shared.mailbox.clone(), task: 0 }
    }

    /// Cancels every operation. One that is submitted at the same time may not be among them.
    pub(crate) fn cancel_all(&self) {
        self.shared.mailbox.post(Command::CancelAll);
    }

    /// How many operations are in flight; the others are queued.
    pub(crate) fn in_flight(&self) -> usize {
        self.shared.in_flight.count()
    }

    /// No more operations are expected: idle connections are closed, and the threads end after the last operation.
    pub(crate) fn retire(&self) {
        self.shared.mailbox.retire(Command::Wake);
        self.shared.connecting_threads.retire();
        self.shared.parsing_threads.retire();
    }
}

impl Drop for ReactorHandle {
    fn drop(&mut self) {
        self.retire();
    }
}

/// Lets the reactor know that an operation was cancelled, so that it gives up its place, wherever it waits.
#[derive(Clone)]
pub(crate) struct Cancel {
    mailbox: Arc<Mailbox>,
    task: u64,
}

impl Cancel {
    pub(crate) fn cancelled(&self) {
        self.mailbox.post(Command::Cancelled(self.task));
    }
}
