//! The attempt under way, as every read and write of it sees it: how long it may take, and whom to tell what reached
//! the socket.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::failure::{Failure, FailureKind};
use super::progress::{Progress, Shutdown};

/// One attempt of one send.
pub(crate) struct Attempt {
    progress: Arc<Progress>,
    deadline: Cell<Instant>,
    /// Bytes that are written now belong to the connection (TLS, the proxy), not to the request.
    connecting: Cell<bool>,
}

impl Attempt {
    pub(crate) fn new(progress: Arc<Progress>) -> Self {
        let deadline = Cell::new(progress.deadline());
        Attempt { progress, deadline, connecting: Cell::new(false) }
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.deadline.get()
    }

    /// From now on, bytes belong to the connection until [`connected`](Attempt::connected).
    pub(super) fn connecting(&self) {
        self.connecting.set(true);
    }

    pub(super) fn connected(&self) {
        self.connecting.set(false);
    }

    /// Leaves at most `patience` for what is still to be read.
    pub(super) fn hurry(&self, patience: Duration) {
        self.deadline.set(self.deadline.get().min(Instant::now() + patience));
    }

    /// How much time is left for `doing`: never zero.
    pub(super) fn time_left(&self, doing: &str) -> Result<Duration, Failure> {
        let left = self.deadline.get().saturating_duration_since(Instant::now());
        if left.is_zero() { Err(deadline_passed(doing)) } else { Ok(left) }
    }

    /// Whether a signal may end the send.
    pub(super) fn is_interruptible(&self) -> bool {
        self.progress.is_interruptible()
    }

    /// To be called when a signal interrupted a wait: fails if that ends the send.
    pub(super) fn interrupted(&self) -> Result<(), Failure> {
        self.progress.ask().map_err(|_| given_up())
    }

    /// Waits for another thread's word, within the deadline; none if that thread died.
    pub(super) fn receive<T>(&self, doing: &str, receiver: &Receiver<T>) -> Result<Option<T>, Failure> {
        loop {
            match receiver.recv_timeout(self.progress.slice(self.time_left(doing)?)) {
                Ok(word) => return Ok(Some(word)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => self.interrupted()?,
            }
        }
    }

    /// Asks before a write. Once it may, a request that is given up counts as possibly delivered, and giving it up shuts
    /// the socket down.
    pub(super) fn may_write<S: Shutdown + 'static>(&self, socket: &Arc<S>) -> Result<(), Failure> {
        let may = match self.connecting.get() {
            true => self.progress.may_connect(),
            false => self.progress.may_write(|| socket.clone()),
        };
        may.map_err(|_| given_up())
    }

    /// To be called before a connection that has served its purpose goes back to where others find it.
    pub(crate) fn release(&self) {
        self.progress.release();
    }

    /// Tells of bytes that the socket took.
    pub(super) fn wrote(&self, bytes: usize) {
        if bytes > 0 && !self.connecting.get() {
            self.progress.wrote();
        }
    }
}

pub(crate) fn deadline_passed(doing: &str) -> Failure {
    Failure::new(FailureKind::Deadline, format!("the deadline passed while {doing}"))
}

fn given_up() -> Failure {
    Failure::new(FailureKind::Cancelled, "the caller gave the send up")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Outcome;
    use crate::transport::progress::tests::{interruptible, progress, socket};
    use std::sync::mpsc;

    #[test]
    fn only_bytes_of_the_request_count() {
        let progress = progress();
        let _ = progress.begin_attempt();
        let attempt = Attempt::new(progress.clone());
        attempt.connecting();
        attempt.may_write(&socket()).unwrap();
        attempt.wrote(100);
        assert_eq!(progress.outcome(), Outcome::NotSent);
        attempt.connected();
        attempt.may_write(&socket()).unwrap();
        attempt.wrote(0);
        assert_eq!(progress.outcome(), Outcome::NotSent);
        attempt.wrote(1);
        assert_eq!(progress.outcome(), Outcome::Unknown);
    }

    #[test]
    fn what_was_given_up_before_a_write_is_never_written() {
        let progress = progress();
        let _ = progress.begin_attempt();
        assert_eq!(progress.cancel(), (Outcome::NotSent, 1));
        assert!(Attempt::new(progress.clone()).may_write(&socket()).is_err());
        assert!(progress.begin_attempt().is_err());
        assert!(progress.wait(Duration::from_secs(60)).is_err());
    }

    #[test]
    fn what_was_given_up_after_a_write_may_have_been_delivered() {
        let progress = progress();
        let _ = progress.begin_attempt();
        Attempt::new(progress.clone()).may_write(&socket()).unwrap();
        assert_eq!(progress.cancel(), (Outcome::Unknown, 1));
    }

    #[test]
    fn what_was_given_up_after_a_refusal_was_not_delivered() {
        let progress = progress();
        let _ = progress.begin_attempt();
        Attempt::new(progress.clone()).may_write(&socket()).unwrap();
        progress.end_attempt(Outcome::Rejected);
        assert_eq!(progress.cancel(), (Outcome::NotSent, 1));
    }

    #[test]
    fn a_signal_ends_a_wait_for_another_thread_if_the_caller_says_so() {
        let (_sender, receiver) = mpsc::channel::<()>();
        let progress = interruptible();
        let received = Attempt::new(progress.clone()).receive("waiting", &receiver);
        assert_eq!(received.unwrap_err().kind, FailureKind::Cancelled);
        assert!(progress.begin_attempt().is_err());
    }

    #[test]
    fn a_signal_ends_a_read_if_the_caller_says_so() {
        let progress = interruptible();
        let _ = progress.begin_attempt();
        let attempt = Attempt::new(progress.clone());
        attempt.may_write(&socket()).unwrap();
        attempt.wrote(1);
        assert!(attempt.interrupted().is_ok());
        assert!(attempt.interrupted().is_ok());
        assert_eq!(attempt.interrupted().unwrap_err().kind, FailureKind::Cancelled);
        assert!(attempt.may_write(&socket()).is_err());
        assert_eq!(progress.outcome(), Outcome::Unknown);
    }
}
