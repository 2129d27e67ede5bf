//! Sends that nobody waits for: one thread for all of a client's, which goes on with whichever has news.
//!
//! A thread for each send would be simpler, and was there before: but waking one for its request and again for its answer
//! took three times as long as the request itself, and a thousand of them are a thousand stacks.

mod inbox;
mod turns;

use std::sync::Arc;
use std::thread;

use crate::delivery::Delivery;
use crate::error::{Error, ErrorKind, Outcome};
use crate::pending::Completion;
use crate::transport::{Attempt, Connection, Exchange, Failure, Waiting};
use crate::workers::Task;

use inbox::{Inbox, Letter};
use turns::Turns;

/// Sends need little stack; the callbacks that are told of their results have what is left of this, too.
const STACK: usize = 256 * 1024;

/// A send, and whom to tell its result.
pub(crate) struct Started {
    pub(crate) delivery: Delivery<'static>,
    pub(crate) completion: Arc<Completion>,
}

/// The loop, for those outside of it. Its thread runs while there is something to do, and a little longer.
pub(crate) struct EventLoop {
    inbox: Arc<Inbox>,
    max_in_flight: usize,
}

impl EventLoop {
    pub(crate) fn new(max_in_flight: usize) -> Self {
        EventLoop { inbox: Arc::default(), max_in_flight }
    }

    /// Takes a send over. First come, first served.
    ///
    /// # Errors
    /// If the system gives no thread, or nothing to wait for sockets with.
    pub(crate) fn submit(&self, started: Started) -> Result<(), Error> {
        self.inbox.post_or_start(Letter::Start(Box::new(started)), |inbox| {
            let (turns, waker) = Turns::new(inbox.clone(), self.max_in_flight).map_err(no_loop)?;
            thread::Builder::new()
                .name("roomcast-io".into())
                .stack_size(STACK)
                .spawn(move || turns.run())
                .map_err(|_| no_loop_for("the system gives no thread to send with"))?;
            Ok(waker)
        })
    }

    /// Tells that a send was given up, so that one which waits for its next attempt makes room.
    pub(crate) fn cancelled(&self) {
        self.inbox.post(Letter::Cancelled);
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

fn no_loop(error: std::io::Error) -> Error {
    no_loop_for("the system gives nothing to wait for sockets with").caused_by(error)
}

fn no_loop_for(what: &str) -> Error {
    Error::new(ErrorKind::Connection, Outcome::NotSent, what)
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
