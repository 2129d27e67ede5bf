//! Idle connections, for the next sends on whatever thread.

use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::faultpoint::faultpoint;

use super::attempt::Attempt;
use super::connection::Connection;
use super::connector::Route;
use super::failure::Failure;
use super::socket::Waiting;

/// How long a connection may idle. Shorter than the five seconds after which common servers hang up, so that a
/// message seldom meets a connection that the server is closing: then its fate would be unknown.
pub(crate) const MAX_IDLE: Duration = Duration::from_secs(4);

/// The idle connections of the sends that wait for their answers.
pub(crate) struct Pool {
    state: Mutex<State>,
    most: usize,
}

#[derive(Default)]
struct State {
    /// The one that was used last is the last.
    idle: Vec<(Instant, Connection<Waiting>)>,
    closed: bool,
}

impl Pool {
    pub(crate) fn new(most: usize) -> Self {
        Pool { state: Mutex::default(), most }
    }

    /// A connection that still stands, or a new one.
    pub(crate) fn take(&self, route: &Route, attempt: &Attempt) -> Result<Connection<Waiting>, Failure> {
        while let Some((since, mut connection)) = self.pop() {
            if since.elapsed() > MAX_IDLE {
                // The others have idled for longer.
                drop(std::mem::take(&mut self.state().idle));
                break;
            }
            faultpoint!("probe");
            if connection.is_open() {
                return Ok(connection);
            }
        }
        route.connect(attempt)
    }

    /// Takes back a connection that can serve again.
    pub(crate) fn put(&self, connection: Connection<Waiting>) {
        let mut state = self.state();
        if !state.closed && state.idle.len() < self.most {
            state.idle.push((Instant::now(), connection));
        }
    }

    /// Closes the idle connections; those in use are closed when their sends end.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.idle.clear();
    }

    fn pop(&self) -> Option<(Instant, Connection<Waiting>)> {
        self.state().idle.pop()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }
}
