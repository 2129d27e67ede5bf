//! The state of one send while it is in flight: its deadline, whether a byte of the request may have left, and whether the
//! caller cancelled it. The truth of every `not_sent` rests on this file.

use std::net;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use roomcast_process_local::generation;

use crate::error::Outcome;

use super::timings::ConnectTimings;

/// Asked after a signal: whether the caller wants to cancel the send.
pub(crate) type Interrupted = Arc<dyn Fn() -> bool + Send + Sync>;
/// How often a wait is broken to check for a signal: one that came just before the wait does not interrupt it.
pub(crate) const SIGNAL_CHECK: Duration = Duration::from_millis(50);

/// One send, shared by the thread that performs it and the callers that may cancel it.
pub(crate) struct SendState {
    /// Empty until the first attempt begins, if the time counts from then.
    deadline: OnceLock<Instant>,
    timeout: Duration,
    /// Of the process that performs the send.
    generation: u64,
    /// Only for a send on its caller's own thread.
    interrupted: Option<Interrupted>,
    state: Mutex<State>,
    changed: Condvar,
    /// A byte of the request reached the socket in the current attempt.
    sent: AtomicBool,
}

#[derive(Default)]
struct State {
    cancelled: bool,
    /// The current attempt is about to write its request, or has written: delivery can no longer be ruled out.
    writing: bool,
    /// An earlier attempt ended unknown.
    unknown_before: bool,
    attempts: u32,
    /// The socket, or the wait for a name look-up, to shut down on cancel, which wakes a thread that is blocked on it.
    socket: Option<Arc<dyn Shutdown>>,
    /// Of the connection that was opened for the current attempt.
    connected: Option<ConnectTimings>,
    /// The request's body, while no attempt uses it. It is here so that a cancel frees it, wherever the send waits.
    body: Option<Vec<u8>>,
}

/// A socket, or a wait, that can be shut down from another thread.
pub(crate) trait Shutdown: Send + Sync {
    /// Shuts both directions down. An error would mean that it is closed already.
    fn shut_down(&self);
}

impl Shutdown for net::TcpStream {
    fn shut_down(&self) {
        let _ = self.shutdown(net::Shutdown::Both);
    }
}

impl Shutdown for mio::net::TcpStream {
    fn shut_down(&self) {
        let _ = self.shutdown(net::Shutdown::Both);
    }
}

/// Why an attempt, a wait or a write must not proceed.
pub(crate) enum StopReason {
    Deadline,
    Cancelled,
}

impl SendState {
    /// A send with this deadline.
    pub(crate) fn new(deadline: Instant, interrupted: Option<Interrupted>) -> Arc<Self> {
        Self::with(OnceLock::from(deadline), Duration::ZERO, interrupted)
    }

    /// A send whose time counts from its first attempt.
    pub(crate) fn with_timeout(timeout: Duration) -> Arc<Self> {
        Self::with(OnceLock::new(), timeout, None)
    }

    fn with(deadline: OnceLock<Instant>, timeout: Duration, interrupted: Option<Interrupted>) -> Arc<Self> {
        Arc::new(SendState {
            deadline,
            timeout,
            generation: generation(),
            interrupted,
            state: Mutex::default(),
            changed: Condvar::new(),
            sent: AtomicBool::new(false),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Begins and counts the next attempt, after [`end_attempt`](SendState::end_attempt) of the one before. Returns when.
    pub(crate) fn begin_attempt(&self) -> Result<Instant, StopReason> {
        let mut state = self.state();
        if state.cancelled {
            return Err(StopReason::Cancelled);
        }
        let now = Instant::now();
        if now >= *self.deadline.get_or_init(|| now + self.timeout) {
            return Err(StopReason::Deadline);
        }
        state.attempts += 1;
        Ok(now)
    }

    /// Keeps the request's body until an attempt needs it, unless the send was cancelled.
    pub(crate) fn store_body(&self, body: Vec<u8>) {
        let mut state = self.state();
        if !state.cancelled {
            state.body = Some(body);
        }
    }

    /// The request's body, for an attempt that has a connection. Empty if none was stored.
    pub(crate) fn take_body(&self) -> Result<Vec<u8>, StopReason> {
        let mut state = self.state();
        match state.cancelled {
            true => Err(StopReason::Cancelled),
            false => Ok(state.body.take().unwrap_or_default()),
        }
    }

    pub(super) fn record_connected(&self, timings: ConnectTimings) {
        self.state().connected = Some(timings);
    }

    /// How long it took to open the connection of the current attempt; none if it was kept from an earlier one.
    pub(crate) fn take_connected(&self) -> Option<ConnectTimings> {
        self.state().connected.take()
    }

    /// The number of attempts that began.
    pub(crate) fn attempts(&self) -> u32 {
        self.state().attempts
    }

    /// The outcome of the current attempt, if it fails now.
    pub(crate) fn outcome(&self) -> Outcome {
        if self.sent.load(Ordering::Relaxed) { Outcome::Unknown } else { Outcome::NotSent }
    }

    /// Ends the current attempt. Unknown is remembered, since it holds for the whole call.
    pub(crate) fn end_attempt(&self, outcome: Outcome) {
        let mut state = self.state();
        state.writing = false;
        state.socket = None;
        state.unknown_before |= outcome == Outcome::Unknown;
        self.sent.store(false, Ordering::Relaxed);
    }

    pub(crate) fn unknown_before(&self) -> bool {
        self.state().unknown_before
    }

    /// None if the time counts from the first attempt, and that has not begun.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline.get().copied()
    }

    /// Of a send whose first attempt has begun.
    pub(crate) fn attempt_deadline(&self) -> Instant {
        self.deadline().unwrap_or_else(Instant::now)
    }

    pub(super) fn is_interruptible(&self) -> bool {
        self.interrupted.is_some()
    }

    pub(crate) fn time_left(&self) -> Duration {
        self.attempt_deadline().saturating_duration_since(Instant::now())
    }

    /// Waits, unless the send is cancelled meanwhile.
    pub(crate) fn wait(&self, time: Duration) -> Result<(), StopReason> {
        let until = Instant::now() + time;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let slice = self.slice(left);
            let waited = self.changed.wait_timeout_while(self.state(), slice, |state| !state.cancelled);
            let (state, _) = waited.unwrap_or_else(|e| e.into_inner());
            if state.cancelled {
                return Err(StopReason::Cancelled);
            }
            if slice == left {
                return Ok(());
            }
            drop(state);
            self.check_interrupt()?;
        }
    }

    /// How much of a wait may pass before the next [`check_interrupt`](SendState::check_interrupt).
    pub(super) fn slice(&self, time: Duration) -> Duration {
        if self.interrupted.is_some() { time.min(SIGNAL_CHECK) } else { time }
    }

    /// Asks the caller whether a signal that came, or may have come, cancels the send. The caller's signal handlers may run
    /// in this and send messages themselves, so no lock is held and nothing is borrowed.
    pub(super) fn check_interrupt(&self) -> Result<(), StopReason> {
        let Some(interrupted) = &self.interrupted else { return Ok(()) };
        // A child that a handler forked does not continue its parent's send: it would read the parent's response.
        if !interrupted() && self.generation == generation() {
            return Ok(());
        }
        // Not `cancel`, which shuts the socket down to wake the thread that waits: that is this thread. And if a handler
        // forked, the other process still uses the socket.
        self.state().cancelled = true;
        Err(StopReason::Cancelled)
    }

    /// Cancels the send. Returns what is known of the message at this moment, and the number of attempts. A thread that is
    /// blocked on the connection wakes; one that has not begun to write never will.
    pub(crate) fn cancel(&self) -> (Outcome, u32) {
        let mut state = self.state();
        state.cancelled = true;
        state.body = None;
        if let Some(socket) = state.socket.take() {
            socket.shut_down();
        }
        self.changed.notify_all();
        let unknown = state.writing || state.unknown_before;
        (if unknown { Outcome::Unknown } else { Outcome::NotSent }, state.attempts)
    }

    /// Whether the send was cancelled.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.state().cancelled
    }

    /// To be called before a write that is not part of the request. A cancel shuts the socket down, which ends a handshake
    /// that stalls.
    pub(super) fn begin_connecting(
        &self,
        socket: impl FnOnce() -> Arc<dyn Shutdown>,
    ) -> Result<(), StopReason> {
        let mut state = self.state();
        if state.cancelled {
            return Err(StopReason::Cancelled);
        }
        if state.socket.is_none() {
            state.socket = Some(socket());
        }
        Ok(())
    }

    /// Until [`release_socket`](SendState::release_socket), a cancel shuts `waiting` down, as it does a socket.
    pub(super) fn shut_down_on_cancel(&self, waiting: Arc<dyn Shutdown>) -> Result<(), StopReason> {
        let mut state = self.state();
        if state.cancelled {
            return Err(StopReason::Cancelled);
        }
        state.socket = Some(waiting);
        Ok(())
    }

    /// To be called before each write of the request.
    pub(super) fn begin_writing(&self, socket: impl FnOnce() -> Arc<dyn Shutdown>) -> Result<(), StopReason> {
        let mut state = self.state();
        if state.cancelled {
            return Err(StopReason::Cancelled);
        }
        if !state.writing {
            state.writing = true;
            state.socket = Some(socket());
        }
        Ok(())
    }

    /// Forgets the socket: from now on it may carry another send, which cancelling this one must not break.
    pub(super) fn release_socket(&self) {
        self.state().socket = None;
    }

    /// Records that the socket accepted a byte of the request.
    pub(super) fn record_written(&self) {
        self.sent.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};
    use std::sync::atomic::AtomicU32;

    pub(in crate::net) fn socket() -> Arc<TcpStream> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Arc::new(TcpStream::connect(listener.local_addr().unwrap()).unwrap())
    }

    /// A send whose caller cancels it when asked for the third time.
    pub(in crate::net) fn interruptible() -> Arc<SendState> {
        let asked = AtomicU32::new(0);
        let interrupted = move || asked.fetch_add(1, Ordering::Relaxed) == 2;
        SendState::new(Instant::now() + Duration::from_secs(60), Some(Arc::new(interrupted)))
    }

    pub(in crate::net) fn send_state() -> Arc<SendState> {
        SendState::new(Instant::now() + Duration::from_secs(60), None)
    }

    #[test]
    fn an_attempt_that_ended_unknown_is_not_forgotten() {
        let state = send_state();
        let _ = state.begin_attempt();
        state.end_attempt(Outcome::Unknown);
        let _ = state.begin_attempt();
        assert_eq!(state.cancel(), (Outcome::Unknown, 2));
    }

    #[test]
    fn a_signal_ends_a_wait_if_the_caller_says_so() {
        assert!(matches!(interruptible().wait(Duration::from_secs(60)), Err(StopReason::Cancelled)));
        assert!(interruptible().wait(Duration::from_millis(1)).is_ok());
    }
}
