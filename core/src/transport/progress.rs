//! What is known of one send while it runs: its deadline, whether the request began to leave, and whether the
//! caller gave it up. The truth of every `not_sent` rests on this file.

use std::net;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::error::Outcome;

/// Tells, after a signal, whether the caller wants the send given up.
pub(crate) type Interrupted = Arc<dyn Fn() -> bool + Send + Sync>;
/// How long a wait that no signal ends may go on before it is asked whether one came.
const SLICE: Duration = Duration::from_millis(50);

/// One send, shared by the thread that does it and whoever may give it up.
pub(crate) struct Progress {
    deadline: Instant,
    /// Only for a send that its caller's own thread does.
    interrupted: Option<Interrupted>,
    state: Mutex<State>,
    changed: Condvar,
    /// A byte of the request reached the socket in the attempt under way.
    sent: AtomicBool,
}

#[derive(Default)]
struct State {
    cancelled: bool,
    /// The attempt under way is about to write, or has written: from here on its fate cannot be ruled out.
    writing: bool,
    /// An earlier attempt ended unknown.
    unknown_before: bool,
    attempts: u32,
    /// What to shut down so that whoever waits for it wakes.
    socket: Option<Arc<dyn Shutdown>>,
}

/// A socket, for whoever gives its send up.
pub(crate) trait Shutdown: Send + Sync {
    /// Ends both directions, now. An error would mean that it is closed already.
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

/// Why an attempt, a wait or a write must not go on.
pub(crate) enum BlockedBy {
    Deadline,
    Cancelled,
}

impl Progress {
    pub(crate) fn new(deadline: Instant, interrupted: Option<Interrupted>) -> Arc<Self> {
        Arc::new(Progress {
            deadline,
            interrupted,
            state: Mutex::default(),
            changed: Condvar::new(),
            sent: AtomicBool::new(false),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Begins the next attempt, and counts it. The one before was [ended](Progress::end_attempt).
    pub(crate) fn begin_attempt(&self) -> Result<u32, BlockedBy> {
        let mut state = self.state();
        if state.cancelled {
            return Err(BlockedBy::Cancelled);
        }
        if Instant::now() >= self.deadline {
            return Err(BlockedBy::Deadline);
        }
        state.attempts += 1;
        Ok(state.attempts)
    }

    /// Attempts begun so far.
    pub(crate) fn attempts(&self) -> u32 {
        self.state().attempts
    }

    /// What is known of the attempt under way, if it failed.
    pub(crate) fn outcome(&self) -> Outcome {
        if self.sent.load(Ordering::Relaxed) { Outcome::Unknown } else { Outcome::NotSent }
    }

    /// Ends the attempt. One that ended unknown is remembered, since that holds for the whole call.
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

    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    pub(super) fn is_interruptible(&self) -> bool {
        self.interrupted.is_some()
    }

    pub(crate) fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Waits, unless the caller gives up meanwhile.
    pub(crate) fn wait(&self, time: Duration) -> Result<(), BlockedBy> {
        let until = Instant::now() + time;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let slice = self.slice(left);
            let waited = self.changed.wait_timeout_while(self.state(), slice, |state| !state.cancelled);
            let (state, _) = waited.unwrap_or_else(|e| e.into_inner());
            if state.cancelled {
                return Err(BlockedBy::Cancelled);
            }
            if slice == left {
                return Ok(());
            }
            drop(state);
            self.ask()?;
        }
    }

    /// How much of a wait may pass before the next [`ask`](Progress::ask).
    pub(super) fn slice(&self, time: Duration) -> Duration {
        if self.interrupted.is_some() { time.min(SLICE) } else { time }
    }

    /// Asks whether to give up, since a signal came or may have come. The caller's own handlers may run in this, and
    /// send messages too: so no lock is held, and nothing is borrowed.
    pub(super) fn ask(&self) -> Result<(), BlockedBy> {
        if !self.interrupted.as_ref().is_some_and(|interrupted| interrupted()) {
            return Ok(());
        }
        // Not `cancel`, which would shut the socket down to wake this very thread. A handler may have forked, and the
        // other process have use for it.
        self.state().cancelled = true;
        Err(BlockedBy::Cancelled)
    }

    /// Gives the send up, and tells what is known of it at this moment. A thread that is blocked on the
    /// connection wakes; one that has not begun to write never will.
    pub(crate) fn cancel(&self) -> (Outcome, u32) {
        let mut state = self.state();
        state.cancelled = true;
        if let Some(socket) = state.socket.take() {
            socket.shut_down();
        }
        self.changed.notify_all();
        let unknown = state.writing || state.unknown_before;
        (if unknown { Outcome::Unknown } else { Outcome::NotSent }, state.attempts)
    }

    /// Whether the caller gave the send up.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.state().cancelled
    }

    /// Asks before a write that is not the request's.
    pub(super) fn may_connect(&self) -> Result<(), BlockedBy> {
        if self.is_cancelled() { Err(BlockedBy::Cancelled) } else { Ok(()) }
    }

    /// Asks before a write of the request.
    pub(super) fn may_write(&self, socket: impl FnOnce() -> Arc<dyn Shutdown>) -> Result<(), BlockedBy> {
        let mut state = self.state();
        if state.cancelled {
            return Err(BlockedBy::Cancelled);
        }
        if !state.writing {
            state.writing = true;
            state.socket = Some(socket());
        }
        Ok(())
    }

    /// Lets the socket go: from now on it may serve another send, which giving this one up must not break.
    pub(super) fn release(&self) {
        self.state().socket = None;
    }

    /// Tells that the socket took a byte of the request.
    pub(super) fn wrote(&self) {
        self.sent.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};
    use std::sync::atomic::AtomicU32;

    pub(in crate::transport) fn socket() -> Arc<TcpStream> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Arc::new(TcpStream::connect(listener.local_addr().unwrap()).unwrap())
    }

    /// A send whose caller gives it up when it is asked for the third time.
    pub(in crate::transport) fn interruptible() -> Arc<Progress> {
        let asked = AtomicU32::new(0);
        let interrupted = move || asked.fetch_add(1, Ordering::Relaxed) == 2;
        Progress::new(Instant::now() + Duration::from_secs(60), Some(Arc::new(interrupted)))
    }

    pub(in crate::transport) fn progress() -> Arc<Progress> {
        Progress::new(Instant::now() + Duration::from_secs(60), None)
    }

    #[test]
    fn an_attempt_that_ended_unknown_is_not_forgotten() {
        let progress = progress();
        let _ = progress.begin_attempt();
        progress.end_attempt(Outcome::Unknown);
        let _ = progress.begin_attempt();
        assert_eq!(progress.cancel(), (Outcome::Unknown, 2));
    }

    #[test]
    fn a_signal_ends_a_wait_if_the_caller_says_so() {
        assert!(matches!(interruptible().wait(Duration::from_secs(60)), Err(BlockedBy::Cancelled)));
        assert!(interruptible().wait(Duration::from_millis(1)).is_ok());
    }
}
