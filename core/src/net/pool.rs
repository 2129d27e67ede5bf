//! Idle connections of the sends that block their callers' threads.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};
use std::time::Instant;

use crate::faultpoint::faultpoint;

use super::attempt::Attempt;
use super::connection::Connection;
use super::failure::Failure;
use super::http1::{Exchange, HttpResponse};
use super::keep_alive::MAX_IDLE;
use super::route::Route;
use super::socket::BlockingSocket;

pub(crate) struct Pool {
    state: Mutex<State>,
    max_idle: usize,
}

#[derive(Default)]
struct State {
    /// Ordered by last use, the latest at the end.
    idle: VecDeque<(Instant, Connection<BlockingSocket>)>,
    closed: bool,
}

impl Pool {
    pub(crate) fn new(max_idle: usize) -> Self {
        Pool { state: Mutex::default(), max_idle }
    }

    /// Sends a request over an idle or a new connection, and waits for the response.
    pub(crate) fn round_trip(
        &self,
        route: &Route,
        exchange: &mut Exchange,
        attempt: &Attempt,
    ) -> Result<HttpResponse, Failure> {
        let mut connection = self.take(route, attempt)?;
        connection.advance(exchange, attempt)?;
        let (response, can_reuse) = exchange.take_response();
        attempt.release_socket();
        if can_reuse {
            self.put(connection);
        }
        Ok(response)
    }

    fn take(&self, route: &Route, attempt: &Attempt) -> Result<Connection<BlockingSocket>, Failure> {
        while let Some(mut connection) = self.pop() {
            faultpoint!("probe");
            connection.set_idle(false);
            if connection.is_open() {
                return Ok(connection);
            }
        }
        route.connect(attempt)
    }

    /// The idle connection that was used last.
    fn pop(&self) -> Option<Connection<BlockingSocket>> {
        let mut state = self.state();
        let stale = state.take_stale(Instant::now());
        let popped = state.idle.pop_back();
        // They are closed without the lock.
        drop(state);
        drop(stale);
        popped.map(|(_, connection)| connection)
    }

    fn put(&self, mut connection: Connection<BlockingSocket>) {
        let mut state = self.state();
        let now = Instant::now();
        let stale = state.take_stale(now);
        if !state.closed && state.idle.len() < self.max_idle && !connection.is_expired(now) {
            connection.set_idle(true);
            state.idle.push_back((now, connection));
        }
        drop(state);
        drop(stale);
    }

    /// Closes the idle connections; those in use are closed when their sends end.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.idle.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl State {
    /// Removes the connections that were idle for too long. Later sends use the others, so nothing else would ever close
    /// them. It begins with the oldest and looks at one that it does not remove, however many there are.
    fn take_stale(&mut self, now: Instant) -> Vec<Connection<BlockingSocket>> {
        let mut stale = Vec::new();
        while let Some((since, _)) = self.idle.front()
            && now.duration_since(*since) > MAX_IDLE
        {
            stale.extend(self.idle.pop_front().map(|(_, connection)| connection));
        }
        stale
    }
}
