//! Sends that nobody waits for: one thread for all of a client's, which goes on with whichever has news.
//!
//! A thread for each send would be simpler, and was there before: but waking one for its request and again for its answer
//! took three times as long as the request itself, and a thousand of them are a thousand stacks.

mod inbox;
mod sends;
mod thread;

use std::sync::{Arc, Mutex, TryLockError};

use crate::delivery::Delivery;
use crate::error::Error;
use crate::pending::Completion;
use crate::transport::{Attempt, Connection, Exchange, Failure, Waiting};
use crate::workers::Task;

use inbox::{Inbox, Letter};
use sends::Sends;

/// A send, and whom to tell its result.
pub(crate) struct Started {
    pub(crate) delivery: Delivery<'static>,
    pub(crate) completion: Arc<Completion>,
}

/// The loop, for those outside of it.
pub(crate) struct EventLoop {
    inbox: Arc<Inbox>,
    /// None while the loop has no thread.
    sends: Arc<Mutex<Option<Sends>>>,
    max_in_flight: usize,
}

impl EventLoop {
    pub(crate) fn new(max_in_flight: usize) -> Self {
        EventLoop { inbox: Arc::default(), sends: Arc::default(), max_in_flight }
    }

    /// Takes a send over. First come, first served.
    ///
    /// # Errors
    /// If the system gives no thread, or nothing to wait for sockets with.
    pub(crate) fn submit(&self, started: Started) -> Result<(), Error> {
        let Some(started) = self.begin_at_once(Box::new(started)) else {
            return Ok(());
        };
        self.inbox.post_or_start(Letter::Start(started), || {
            thread::start(&self.inbox, &self.sends, self.max_in_flight)
        })
    }

    /// Writes the request on this thread, if a connection is idle and the loop has nothing else to do than to wait for
    /// the answer: that spares waking it. Gives the send back otherwise.
    fn begin_at_once(&self, started: Box<Started>) -> Option<Box<Started>> {
        // Never waited for: the loop's thread may hold it while it waits for a lock that the caller has.
        let mut sends = match self.sends.try_lock() {
            Ok(sends) => sends,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Some(started),
        };
        let Some(sends) = sends.as_mut().filter(|sends| sends.may_begin_at_once(&started)) else {
            return Some(started);
        };
        sends.start(started);
        if sends.need_the_loop() {
            self.inbox.post(Letter::Look);
        }
        None
    }

    /// Tells that a send was given up, so that one which waits for its next attempt makes room.
    pub(crate) fn cancelled(&self) {
        self.inbox.post(Letter::Look);
    }

    /// No more sends are expected: idle connections are closed, and the thread ends after the last send.
    pub(crate) fn retire(&self) {
        self.inbox.retire();
    }
}

impl Drop for EventLoop {
    fn drop(&mut self) {
        self.retire();
    }
}

/// A send whose attempt needs a new connection. Making one has to wait, for names and handshakes: so a worker does it.
pub(crate) struct Connecting {
    started: Box<Started>,
    exchange: Exchange,
    attempt: Attempt,
    inbox: Arc<Inbox>,
}

/// What came of it.
struct Connected {
    started: Box<Started>,
    exchange: Exchange,
    attempt: Attempt,
    /// The outer error is a panic.
    made: Result<Result<Connection<Waiting>, Failure>, Error>,
}

impl Task for Connecting {
    fn run(self) {
        let Connecting { started, exchange, attempt, inbox } = self;
        let process = started.delivery.process.clone();
        let made = crate::delivery::guarded(&started.delivery.progress, || process.route.connect(&attempt));
        inbox.post(Letter::Connected(Box::new(Connected { started, exchange, attempt, made })));
    }
}
