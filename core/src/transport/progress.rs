//! What is known of one send while it runs: its deadline, whether the request began to leave, and whether the
//! caller gave it up. The truth of every `not_sent` rests on this file.
//!
//! ureq gives its connections no word about the request they serve, so the send that a thread is busy with is
//! found through a thread-local.

use std::cell::RefCell;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::error::Outcome;

use super::failure::{Failure, FailureKind};

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
    /// What to shut down so that a blocked thread wakes.
    socket: Option<Arc<TcpStream>>,
}

/// Why a read or write must not go on.
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
    fn slice(&self, time: Duration) -> Duration {
        if self.interrupted.is_some() { time.min(SLICE) } else { time }
    }

    /// Asks whether to give up, since a signal came or may have come. The caller's own handlers may run in this, and
    /// send messages too: so no lock is held, and nothing is borrowed.
    fn ask(&self) -> Result<(), BlockedBy> {
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
            // An error means that it is closed already.
            let _ = socket.shutdown(Shutdown::Both);
        }
        self.changed.notify_all();
        let unknown = state.writing || state.unknown_before;
        (if unknown { Outcome::Unknown } else { Outcome::NotSent }, state.attempts)
    }

    /// Runs `body` as this send's current attempt on this thread. Another may be under way there, if it was
    /// interrupted by a signal whose handler sends; that one goes on afterwards.
    pub(crate) fn run<T>(self: &Arc<Self>, body: impl FnOnce() -> T) -> T {
        struct Reset(Option<Current>);
        impl Drop for Reset {
            fn drop(&mut self) {
                CURRENT.set(self.0.take());
            }
        }
        let current = Current { progress: self.clone(), deadline: self.deadline, connecting: false };
        let _reset = Reset(CURRENT.replace(Some(current)));
        body()
    }
}

/// The send that this thread is busy with.
struct Current {
    progress: Arc<Progress>,
    deadline: Instant,
    /// Bytes that are written now belong to the connection (TLS, the proxy), not to the request.
    connecting: bool,
}

thread_local! {
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

fn with_current<T>(body: impl FnOnce(&mut Current) -> T) -> Result<T, Failure> {
    CURRENT.with_borrow_mut(|current| match current {
        Some(current) => Ok(body(current)),
        None => Err(Failure::new(FailureKind::Broken, "no send is under way on this thread")),
    })
}

/// From now on, bytes belong to the connection until [`connected`].
pub(super) fn connecting() -> Result<(), Failure> {
    with_current(|current| current.connecting = true)
}

pub(super) fn connected() -> Result<(), Failure> {
    with_current(|current| current.connecting = false)
}

/// Leaves at most `patience` for what is still to be read.
pub(crate) fn hurry(patience: Duration) {
    let _ = with_current(|current| current.deadline = current.deadline.min(Instant::now() + patience));
}

/// How much time is left for `doing`: never zero.
pub(super) fn time_left(doing: &str) -> Result<Duration, Failure> {
    with_current(|current| {
        let left = current.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(deadline_passed(doing)) } else { Ok(left) }
    })?
}

pub(super) fn deadline_passed(doing: &str) -> Failure {
    Failure::new(FailureKind::Deadline, format!("the deadline passed while {doing}"))
}

fn given_up() -> Failure {
    Failure::new(FailureKind::Cancelled, "the caller gave the send up")
}

/// To be called when a signal interrupted a wait: fails if that ends the send.
pub(super) fn interrupted() -> Result<(), Failure> {
    let progress = with_current(|current| current.progress.clone())?;
    progress.ask().map_err(|_| given_up())
}

/// Whether a signal may end the send.
pub(super) fn is_interruptible() -> bool {
    with_current(|current| current.progress.interrupted.is_some()).unwrap_or(false)
}

/// Waits for another thread's word, within the deadline; none if that thread died.
pub(super) fn receive<T>(doing: &str, receiver: &Receiver<T>) -> Result<Option<T>, Failure> {
    let progress = with_current(|current| current.progress.clone())?;
    loop {
        match receiver.recv_timeout(progress.slice(time_left(doing)?)) {
            Ok(word) => return Ok(Some(word)),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) => progress.ask().map_err(|_| given_up())?,
        }
    }
}

/// Asks before a write. Once it may, a request that is given up counts as possibly delivered.
pub(super) fn may_write(socket: &Arc<TcpStream>) -> Result<(), Failure> {
    with_current(|current| {
        let mut state = current.progress.state();
        if state.cancelled {
            return Err(given_up());
        }
        if !current.connecting && !state.writing {
            state.writing = true;
            state.socket = Some(socket.clone());
        }
        Ok(())
    })?
}

/// Tells of bytes that the socket took.
pub(super) fn wrote(bytes: usize) {
    let _ = with_current(|current| {
        if bytes > 0 && !current.connecting {
            current.progress.sent.store(true, Ordering::Relaxed);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::sync::atomic::AtomicU32;
    use std::sync::mpsc;

    fn socket() -> Arc<TcpStream> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Arc::new(TcpStream::connect(listener.local_addr().unwrap()).unwrap())
    }

    /// A send whose caller gives it up when it is asked for the third time.
    fn interruptible() -> Arc<Progress> {
        let asked = AtomicU32::new(0);
        let interrupted = move || asked.fetch_add(1, Ordering::Relaxed) == 2;
        Progress::new(Instant::now() + Duration::from_secs(60), Some(Arc::new(interrupted)))
    }

    fn progress() -> Arc<Progress> {
        Progress::new(Instant::now() + Duration::from_secs(60), None)
    }

    #[test]
    fn only_bytes_of_the_request_count() {
        let progress = progress();
        let _ = progress.begin_attempt();
        progress.run(|| {
            connecting().unwrap();
            may_write(&socket()).unwrap();
            wrote(100);
            assert_eq!(progress.outcome(), Outcome::NotSent);
            connected().unwrap();
            may_write(&socket()).unwrap();
            wrote(0);
            assert_eq!(progress.outcome(), Outcome::NotSent);
            wrote(1);
            assert_eq!(progress.outcome(), Outcome::Unknown);
        });
    }

    #[test]
    fn what_was_given_up_before_a_write_is_never_written() {
        let progress = progress();
        let _ = progress.begin_attempt();
        assert_eq!(progress.cancel(), (Outcome::NotSent, 1));
        progress.run(|| assert!(may_write(&socket()).is_err()));
        assert!(progress.begin_attempt().is_err());
        assert!(progress.wait(Duration::from_secs(60)).is_err());
    }

    #[test]
    fn what_was_given_up_after_a_write_may_have_been_delivered() {
        let progress = progress();
        let _ = progress.begin_attempt();
        progress.run(|| may_write(&socket()).unwrap());
        assert_eq!(progress.cancel(), (Outcome::Unknown, 1));
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

        let (_sender, receiver) = mpsc::channel::<()>();
        let progress = interruptible();
        let received = progress.run(|| receive("waiting", &receiver));
        assert_eq!(received.unwrap_err().kind, FailureKind::Cancelled);
        assert!(progress.begin_attempt().is_err());
    }

    #[test]
    fn a_signal_ends_a_read_if_the_caller_says_so() {
        let progress = interruptible();
        let _ = progress.begin_attempt();
        progress.run(|| {
            may_write(&socket()).unwrap();
            wrote(1);
            assert!(interrupted().is_ok());
            assert!(interrupted().is_ok());
            assert_eq!(interrupted().unwrap_err().kind, FailureKind::Cancelled);
            assert!(may_write(&socket()).is_err());
        });
        assert_eq!(progress.outcome(), Outcome::Unknown);
    }

    #[test]
    fn a_send_that_is_interrupted_by_another_goes_on() {
        let (outer, inner) = (progress(), progress());
        let _ = outer.begin_attempt();
        let _ = inner.begin_attempt();
        outer.run(|| {
            connecting().unwrap();
            inner.run(|| wrote(1));
            wrote(1);
            assert_eq!((outer.outcome(), inner.outcome()), (Outcome::NotSent, Outcome::Unknown));
            connected().unwrap();
            wrote(1);
        });
        assert_eq!(outer.outcome(), Outcome::Unknown);
    }

    #[test]
    fn what_was_given_up_after_a_refusal_was_not_delivered() {
        let progress = progress();
        let _ = progress.begin_attempt();
        progress.run(|| may_write(&socket()).unwrap());
        progress.end_attempt(Outcome::Rejected);
        assert_eq!(progress.cancel(), (Outcome::NotSent, 1));
    }
}
