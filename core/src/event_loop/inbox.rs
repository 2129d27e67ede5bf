//! What other threads have for the event loop.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard};

use mio::Waker;

use super::{Connected, Started};

pub(super) enum Letter {
    Start(Box<Started>),
    Connected(Box<Connected>),
    /// Look at what is due.
    Look,
}

#[derive(Default)]
pub(super) struct Inbox(Mutex<State>);

#[derive(Default)]
struct State {
    letters: Vec<Letter>,
    /// None while the loop has no thread.
    waker: Option<Arc<Waker>>,
    /// The loop has looked into the inbox, and waits for its sockets. Only then is it worth a system call to wake it.
    asleep: bool,
    retired: bool,
}

impl State {
    /// Whom to wake, once the lock is released.
    fn sleeper(&mut self) -> Option<Arc<Waker>> {
        if mem::take(&mut self.asleep) { self.waker.clone() } else { None }
    }
}

impl Inbox {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Leaves a letter, and starts the loop if it has no thread.
    pub(super) fn post_or_start<E>(
        &self,
        letter: Letter,
        start: impl FnOnce() -> Result<Arc<Waker>, E>,
    ) -> Result<(), E> {
        let mut state = self.state();
        if state.waker.is_none() {
            state.waker = Some(start()?);
        }
        state.letters.push(letter);
        let waker = state.sleeper();
        drop(state);
        wake(waker);
        Ok(())
    }

    /// Leaves a letter for a loop that has a thread, or has nothing to do with it any more.
    pub(super) fn post(&self, letter: Letter) {
        let mut state = self.state();
        if state.waker.is_some() {
            state.letters.push(letter);
        }
        let waker = state.sleeper();
        drop(state);
        wake(waker);
    }

    pub(super) fn retire(&self) {
        self.state().retired = true;
        self.post(Letter::Look);
    }

    pub(super) fn is_retired(&self) -> bool {
        self.state().retired
    }

    /// Takes the letters into `letters`, which is empty.
    pub(super) fn take(&self, letters: &mut Vec<Letter>) {
        let mut state = self.state();
        state.asleep = false;
        mem::swap(&mut state.letters, letters);
    }

    /// Whether the loop may wait. From then on, whoever leaves a letter wakes it.
    pub(super) fn may_sleep(&self) -> bool {
        let mut state = self.state();
        state.asleep = state.letters.is_empty();
        state.asleep
    }

    /// Whether the thread may end: a letter that came meanwhile keeps it.
    pub(super) fn may_end(&self) -> bool {
        let mut state = self.state();
        if state.letters.is_empty() {
            state.waker = None;
            state.asleep = false;
        }
        state.waker.is_none()
    }
}

fn wake(waker: Option<Arc<Waker>>) {
    if let Some(waker) = waker {
        // It fails only where the system has no memory left; the loop then wakes at its next deadline.
        let _ = waker.wake();
    }
}
