//! Idle connections of the sends that block their callers' threads.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::faultpoint::faultpoint;

use super::attempt::Attempt;
use super::connection::Connection;
use super::failure::Failure;
use super::http_response::HttpResponse;
use super::http1::Exchange;
use super::idle_limit::IdleLimit;
use super::idle_queue::IdleQueue;
use super::route::Route;
use super::socket::BlockingSocket;

pub(crate) struct Pool {
    state: Mutex<State>,
    max_idle: usize,
    idle_limit: Arc<IdleLimit>,
}

#[derive(Default)]
struct State {
    idle: IdleQueue<Connection<BlockingSocket>>,
    closed: bool,
}

impl Pool {
    pub(crate) fn new(max_idle: usize, idle_limit: Arc<IdleLimit>) -> Self {
        Pool { state: Mutex::default(), max_idle, idle_limit }
    }

    /// Sends a request over an idle or a new connection, and waits for the response.
    pub(crate) fn round_trip(
        &self,
        route: &Route,
        exchange: &mut Exchange,
        attempt: &Attempt,
    ) -> Result<HttpResponse, Failure> {
        let mut connection = self.take(route, attempt)?;
        if let Err(failure) = connection.advance(exchange, attempt) {
            connection.failed(exchange, &failure);
            return Err(failure);
        }
        let (response, can_reuse) = exchange.take_response();
        attempt.release_socket();
        if can_reuse {
            self.put(connection);
        }
        Ok(response)
    }

    fn take(&self, route: &Route, attempt: &Attempt) -> Result<Connection<BlockingSocket>, Failure> {
        let now = Instant::now();
        self.look_at_watched(now);
        while let Some((idle, mut connection)) = self.pop(now) {
            faultpoint!("probe");
            connection.wake(idle);
            if connection.is_open_after(idle) {
                return Ok(connection);
            }
        }
        route.connect(attempt)
    }

    /// Finds out whether the connection is still open that nobody uses any more.
    fn look_at_watched(&self, now: Instant) {
        let watched = self.state().idle.take_watched(now, self.idle_limit.get(now));
        if let Some((since, mut connection)) = watched
            && connection.is_open_after(now - since)
        {
            let mut state = self.state();
            if !state.closed {
                state.idle.watch(since, connection);
            }
        }
    }

    /// The idle connection that was used last, and how long it was idle.
    fn pop(&self, now: Instant) -> Option<(Duration, Connection<BlockingSocket>)> {
        let limit = self.idle_limit.get(now);
        let mut state = self.state();
        let stale = state.idle.take_stale(now, limit);
        let popped = state.idle.pop(now, limit);
        // They are closed without the lock.
        drop(state);
        drop(stale);
        popped
    }

    fn put(&self, mut connection: Connection<BlockingSocket>) {
        let now = Instant::now();
        let limit = self.idle_limit.get(now);
        let mut state = self.state();
        let stale = state.idle.take_stale(now, limit);
        if !state.closed && state.idle.len() < self.max_idle && !connection.is_expired(now) {
            connection.rest();
            state.idle.push(now, connection);
        }
        drop(state);
        drop(stale);
    }

    /// Closes the idle connections; those in use are closed when their sends end.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        let idle = mem::take(&mut state.idle);
        drop(state);
        drop(idle);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }
}
