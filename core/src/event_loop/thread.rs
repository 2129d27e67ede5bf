//! The loop's thread: it runs while there is something to do, and a little longer. One turn: wait for news, go on with
//! the sends that have some, begin others, and tell results.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token, Waker};

use crate::error::{Error, ErrorKind, Outcome};

use super::inbox::{Inbox, Letter};
use super::sends::Sends;

/// A thread that has had nothing to do for this long ends.
const IDLE: Duration = Duration::from_secs(5);
/// Sends need little stack; the callbacks that are told of their results have what is left of this, too.
const STACK: usize = 256 * 1024;
const WAKE: Token = Token(usize::MAX);
/// News that is taken at once.
const EVENTS: usize = 256;

struct Turns {
    poll: Poll,
    inbox: Arc<Inbox>,
    sends: Arc<Mutex<Option<Sends>>>,
    /// Since when there has been nothing to do.
    quiet_since: Instant,
}

/// Starts the thread, and tells how to wake it.
pub(super) fn start(
    inbox: &Arc<Inbox>,
    sends: &Arc<Mutex<Option<Sends>>>,
    max_in_flight: usize,
) -> Result<Arc<Waker>, Error> {
    let (turns, begun, waker) = prepare(inbox, sends, max_in_flight)
        .map_err(|error| impossible("the system gives nothing to wait for sockets with").caused_by(error))?;
    thread::Builder::new()
        .name("roomcast-io".into())
        .stack_size(STACK)
        .spawn(move || turns.run(begun))
        .map_err(|_| impossible("the system gives no thread to send with"))?;
    Ok(waker)
}

fn prepare(
    inbox: &Arc<Inbox>,
    sends: &Arc<Mutex<Option<Sends>>>,
    max_in_flight: usize,
) -> io::Result<(Turns, Sends, Arc<Waker>)> {
    let poll = Poll::new()?;
    let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
    let begun = Sends::new(poll.registry().try_clone()?, inbox.clone(), max_in_flight);
    let turns = Turns { poll, inbox: inbox.clone(), sends: sends.clone(), quiet_since: Instant::now() };
    Ok((turns, begun, waker))
}

fn impossible(what: &str) -> Error {
    Error::new(ErrorKind::Connection, Outcome::NotSent, what)
}

fn lock(sends: &Mutex<Option<Sends>>) -> MutexGuard<'_, Option<Sends>> {
    sends.lock().unwrap_or_else(|e| e.into_inner())
}

impl Turns {
    fn run(mut self, begun: Sends) {
        *lock(&self.sends) = Some(begun);
        let mut events = Events::with_capacity(EVENTS);
        let mut letters = Vec::new();
        loop {
            let turned = catch_unwind(AssertUnwindSafe(|| self.turn(&mut events, &mut letters)));
            match turned {
                Ok(true) => {}
                Ok(false) => return,
                // Each send guards its own steps, so this is a mistake of the loop's.
                Err(_) => {
                    lock(&self.sends).as_mut().map(Sends::give_up);
                }
            }
        }
    }

    /// One turn. False when there is nothing left to do.
    fn turn(&mut self, events: &mut Events, letters: &mut Vec<Letter>) -> bool {
        let patience = self.patience();
        if self.poll.poll(events, patience).is_err() {
            // A signal; or the system has no memory, which the next turn may find better.
            return true;
        }
        let mut guard = lock(&self.sends);
        let Some(sends) = guard.as_mut() else { return false };
        sends.go_on_and_on();
        for event in events.iter().filter(|event| event.token() != WAKE) {
            sends.news(event.token().0);
        }
        self.inbox.take(letters);
        let nothing_new = events.is_empty() && letters.is_empty();
        for letter in letters.drain(..) {
            sends.letter(letter);
        }
        sends.do_what_is_due();
        sends.begin_next();
        let results = sends.take_results();
        let now = Instant::now();
        if !(nothing_new && sends.is_idle()) {
            self.quiet_since = now;
        }
        let retired = self.inbox.is_retired();
        let ends = sends.is_idle() && (retired || now.duration_since(self.quiet_since) >= IDLE);
        let ends = ends && self.inbox.may_end();
        if ends {
            // The idle connections end with it.
            *guard = None;
        } else if retired {
            sends.close_idle();
        }
        drop(guard);
        // Whoever is told may start sends, or panic.
        for (completion, result) in results {
            let _ = catch_unwind(AssertUnwindSafe(|| completion.complete(result)));
        }
        !ends
    }

    /// How long to wait for news at most.
    fn patience(&self) -> Option<Duration> {
        if !self.inbox.may_sleep() {
            return Some(Duration::ZERO);
        }
        let mut sends = lock(&self.sends);
        sends.as_mut().and_then(|sends| sends.sleep(IDLE))
    }
}
