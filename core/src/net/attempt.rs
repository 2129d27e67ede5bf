//! The attempt in flight, as each of its reads and writes sees it: the time that is left, and where to record the bytes that
//! reached the socket.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::failure::{Failure, FailureKind};
use super::send_state::{SendState, Shutdown};
use super::timings::ConnectTimings;

/// One attempt of one send.
pub(crate) struct Attempt {
    state: Arc<SendState>,
    deadline: Cell<Instant>,
    /// Bytes that are written now belong to the connection (TLS, the proxy), not to the request.
    connecting: Cell<bool>,
}

impl Attempt {
    pub(crate) fn new(state: Arc<SendState>) -> Self {
        let deadline = Cell::new(state.attempt_deadline());
        Attempt { state, deadline, connecting: Cell::new(false) }
    }

    /// The first one is 1.
    pub(super) fn number(&self) -> u32 {
        self.state.attempts()
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.deadline.get()
    }

    /// From now on, bytes belong to the connection, until [`connected`](Attempt::connected).
    pub(super) fn connecting(&self) {
        self.connecting.set(true);
    }

    /// Also to be called if connecting failed.
    pub(super) fn connected(&self) {
        self.connecting.set(false);
        self.state.release_socket();
    }

    /// Records that a connection was opened for this attempt.
    pub(super) fn record_connected(&self, timings: ConnectTimings) {
        self.state.record_connected(timings);
    }

    /// Leaves at most `time` for the rest of the attempt.
    pub(super) fn shorten_deadline(&self, time: Duration) {
        self.deadline.set(self.deadline.get().min(Instant::now() + time));
    }

    /// The time that is left for `doing`, never zero.
    pub(super) fn time_left(&self, doing: &str) -> Result<Duration, Failure> {
        let left = self.deadline.get().saturating_duration_since(Instant::now());
        if left.is_zero() { Err(deadline_passed(doing)) } else { Ok(left) }
    }

    /// Whether a signal may cancel the send.
    pub(super) fn is_interruptible(&self) -> bool {
        self.state.is_interruptible()
    }

    /// How much of a wait may pass before the next [`interrupted`](Attempt::interrupted).
    pub(super) fn slice(&self, time: Duration) -> Duration {
        self.state.slice(time)
    }

    /// To be called when a signal interrupted a wait, or may have come: fails if the signal cancels the send.
    pub(super) fn interrupted(&self) -> Result<(), Failure> {
        self.state.check_interrupt().map_err(|_| cancelled())
    }

    /// Waits for a value from another thread, within the deadline; none if that thread died.
    pub(super) fn receive<T>(&self, doing: &str, receiver: &Receiver<T>) -> Result<Option<T>, Failure> {
        loop {
            match receiver.recv_timeout(self.slice(self.time_left(doing)?)) {
                Ok(value) => return Ok(Some(value)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => self.interrupted()?,
            }
        }
    }

    /// Until [`release_socket`](Attempt::release_socket), a cancel shuts `waiting` down, which ends a wait that is no read
    /// or write. Fails if the send was cancelled.
    pub(super) fn shut_down_on_cancel(&self, waiting: Arc<dyn Shutdown>) -> Result<(), Failure> {
        self.state.shut_down_on_cancel(waiting).map_err(|_| cancelled())
    }

    /// To be called before each write: fails if the send was cancelled. From the first write of the request on, a cancelled
    /// send counts as possibly delivered, and cancelling it shuts the socket down.
    pub(super) fn before_write<S: Shutdown + 'static>(&self, socket: &Arc<S>) -> Result<(), Failure> {
        let allowed = match self.connecting.get() {
            true => self.state.begin_connecting(|| socket.clone()),
            false => self.state.begin_writing(|| socket.clone()),
        };
        allowed.map_err(|_| cancelled())
    }

    /// To be called before the attempt's connection goes back to the pool or is closed.
    pub(crate) fn release_socket(&self) {
        self.state.release_socket();
    }

    /// Records bytes that the socket accepted.
    pub(super) fn record_written(&self, bytes: usize) {
        if bytes > 0 && !self.connecting.get() {
            self.state.record_written();
        }
    }
}

pub(crate) fn deadline_passed(doing: &str) -> Failure {
    Failure::new(FailureKind::Deadline, format!("the deadline passed while {doing}"))
}

pub(super) fn cancelled() -> Failure {
    Failure::new(FailureKind::Cancelled, "the caller cancelled the send")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Outcome;
    use crate::net::send_state::tests::{interruptible, send_state, socket};
    use std::sync::mpsc;

    #[test]
    fn only_bytes_of_the_request_count() {
        let state = send_state();
        let _ = state.begin_attempt();
        let attempt = Attempt::new(state.clone());
        attempt.connecting();
        attempt.before_write(&socket()).unwrap();
        attempt.record_written(100);
        assert_eq!(state.outcome(), Outcome::NotSent);
        attempt.connected();
        attempt.before_write(&socket()).unwrap();
        attempt.record_written(0);
        assert_eq!(state.outcome(), Outcome::NotSent);
        attempt.record_written(1);
        assert_eq!(state.outcome(), Outcome::Unknown);
    }

    #[test]
    fn what_was_cancelled_before_a_write_is_never_written() {
        let state = send_state();
        let _ = state.begin_attempt();
        assert_eq!(state.cancel(), (Outcome::NotSent, 1));
        assert!(Attempt::new(state.clone()).before_write(&socket()).is_err());
        assert!(state.begin_attempt().is_err());
        assert!(state.wait(Duration::from_secs(60)).is_err());
    }

    #[test]
    fn what_was_cancelled_after_a_write_may_have_been_delivered() {
        let state = send_state();
        let _ = state.begin_attempt();
        Attempt::new(state.clone()).before_write(&socket()).unwrap();
        assert_eq!(state.cancel(), (Outcome::Unknown, 1));
    }

    #[test]
    fn what_was_cancelled_after_a_refusal_was_not_delivered() {
        let state = send_state();
        let _ = state.begin_attempt();
        Attempt::new(state.clone()).before_write(&socket()).unwrap();
        state.end_attempt(Outcome::Rejected);
        assert_eq!(state.cancel(), (Outcome::NotSent, 1));
    }

    #[test]
    fn a_signal_ends_a_wait_for_another_thread_if_the_caller_says_so() {
        let (_sender, receiver) = mpsc::channel::<()>();
        let state = interruptible();
        let received = Attempt::new(state.clone()).receive("waiting", &receiver);
        assert_eq!(received.unwrap_err().kind, FailureKind::Cancelled);
        assert!(state.begin_attempt().is_err());
    }

    #[test]
    fn a_signal_ends_a_read_if_the_caller_says_so() {
        let state = interruptible();
        let _ = state.begin_attempt();
        let attempt = Attempt::new(state.clone());
        attempt.before_write(&socket()).unwrap();
        attempt.record_written(1);
        assert!(attempt.interrupted().is_ok());
        assert!(attempt.interrupted().is_ok());
        assert_eq!(attempt.interrupted().unwrap_err().kind, FailureKind::Cancelled);
        assert!(attempt.before_write(&socket()).is_err());
        assert_eq!(state.outcome(), Outcome::Unknown);
    }
}
