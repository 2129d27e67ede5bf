//! How work reaches the reactor's thread, and when that thread is woken: the whole wake-up protocol.
//!
//! One lock guards the commands and the state of the thread:
//!
//! | state | the thread | left by |
//! |---|---|---|
//! | `Stopped` | does not exist | [`post_or_start`](Mailbox::post_or_start) → `Running` |
//! | `Running` | will look at the commands and at the scheduler before it sleeps | [`fall_asleep`](Mailbox::fall_asleep) → `Asleep`; [`stop`](Mailbox::stop) → `Stopped` |
//! | `Asleep { until }` | polls its sockets, until `until` or without limit | [`post`](Mailbox::post) and [`wake_before`](Mailbox::wake_before) → `Running`, with a wake-up; [`take`](Mailbox::take) → `Running`, after a socket or the time woke it |
//!
//! The scheduler has a lock of its own, since callers may start operations on it directly. Two rules connect the two locks:
//! the thread falls asleep, and a caller that used the scheduler calls `wake_before`, while holding the scheduler's lock. So
//! whichever comes second sees what the first did. Lock order: scheduler, then mailbox.
//!
//! Invariants, which tests/reactor-model checks over all interleavings:
//! 1. No command is left behind: the thread neither sleeps nor stops while there are commands.
//! 2. The thread never sleeps past the time at which something in the scheduler is due.
//! 3. A sleep ends with at most one wake-up, so that its system call is not made in vain.

use std::mem;

use super::sync::{Mutex, MutexGuard};

/// How a sleeping thread is woken.
pub(super) trait Wake: Clone {
    fn wake(&self);
}

/// Commands of type `C` to a thread that is woken with `W` and measures time in `T`.
pub(super) struct Mailbox<C, W, T>(Mutex<State<C, W, T>>);

struct State<C, W, T> {
    commands: Vec<C>,
    thread: Thread<T>,
    /// Of the thread, if there is one.
    waker: Option<W>,
    retired: bool,
}

enum Thread<T> {
    Stopped,
    Running,
    Asleep { until: Option<T> },
}

impl<C, W, T> Default for Mailbox<C, W, T> {
    fn default() -> Self {
        let state = State { commands: Vec::new(), thread: Thread::Stopped, waker: None, retired: false };
        Mailbox(Mutex::new(state))
    }
}

impl<C, W: Wake, T: Ord> Mailbox<C, W, T> {
    /// Posts a command, and starts the thread if there is none. `start` returns what wakes it. If it fails, the command
    /// comes back.
    pub(super) fn post_or_start<E>(
        &self,
        command: C,
        start: impl FnOnce() -> Result<W, E>,
    ) -> Result<(), (E, C)> {
        let mut state = self.state();
        if let Thread::Stopped = state.thread {
            match start() {
                Ok(waker) => state.waker = Some(waker),
                Err(error) => return Err((error, command)),
            }
            state.thread = Thread::Running;
        }
        state.commands.push(command);
        wake(state);
        Ok(())
    }

    /// Posts a command, if there is a thread.
    pub(super) fn post(&self, command: C) {
        let mut state = self.state();
        if !matches!(state.thread, Thread::Stopped) {
            state.commands.push(command);
        }
        wake(state);
    }

    /// Marks the reactor as retired, and posts a command, if there is a thread.
    pub(super) fn retire(&self, command: C) {
        self.state().retired = true;
        self.post(command);
    }

    pub(super) fn is_retired(&self) -> bool {
        self.state().retired
    }

    /// Wakes the thread if it would sleep past `due`. The caller holds the scheduler's lock.
    pub(super) fn wake_before(&self, due: T) {
        let state = self.state();
        if let Thread::Asleep { until } = &state.thread
            && until.as_ref().is_none_or(|until| due < *until)
        {
            wake(state);
        }
    }

    /// For the thread: moves the commands to `commands`, which is empty.
    pub(super) fn take(&self, commands: &mut Vec<C>) {
        let mut state = self.state();
        state.thread = Thread::Running;
        mem::swap(&mut state.commands, commands);
    }

    /// For the thread, before it sleeps until `until`. False if there are commands: it must not sleep then. The caller
    /// holds the scheduler's lock.
    pub(super) fn fall_asleep(&self, until: Option<T>) -> bool {
        let mut state = self.state();
        let can_sleep = state.commands.is_empty();
        state.thread = if can_sleep { Thread::Asleep { until } } else { Thread::Running };
        can_sleep
    }

    /// For the thread, before it ends. False if there are commands: it must not end then.
    pub(super) fn stop(&self) -> bool {
        let mut state = self.state();
        let can_stop = state.commands.is_empty();
        if can_stop {
            state.thread = Thread::Stopped;
            state.waker = None;
        }
        can_stop
    }

    fn state(&self) -> MutexGuard<'_, State<C, W, T>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// Wakes the thread if it sleeps. The system call is made without the lock, so that the thread does not wait for it.
fn wake<C, W: Wake, T>(mut state: MutexGuard<'_, State<C, W, T>>) {
    let Thread::Asleep { .. } = state.thread else { return };
    state.thread = Thread::Running;
    let waker = state.waker.clone();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}
