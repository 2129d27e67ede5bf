//! Idle connections of the sends that block their callers' threads.

use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::faultpoint::faultpoint;

use super::attempt::Attempt;
use super::connection::Connection;
use super::failure::Failure;
use super::http1::{Exchange, HttpResponse};
use super::route::Route;
use super::socket::BlockingSocket;

/// How long a connection may be idle. Common servers close idle connections after five seconds; staying below that, a
/// request seldom meets a connection that the server is closing, which would leave its outcome unknown.
pub(crate) const MAX_IDLE: Duration = Duration::from_secs(4);

pub(crate) struct Pool {
    state: Mutex<State>,
    max_idle: usize,
}

#[derive(Default)]
struct State {
    /// Ordered by last use, the latest at the end.
    idle: Vec<(Instant, Connection<BlockingSocket>)>,
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
        while let Some((since, mut connection)) = self.pop() {
            if since.elapsed() > MAX_IDLE {
                // The others have been idle for longer.
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

    fn put(&self, connection: Connection<BlockingSocket>) {
        let mut state = self.state();
        if !state.closed && state.idle.len() < self.max_idle {
            state.idle.push((Instant::now(), connection));
        }
    }

    /// Closes the idle connections; those in use are closed when their sends end.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.idle.clear();
    }

    fn pop(&self) -> Option<(Instant, Connection<BlockingSocket>)> {
        self.state().idle.pop()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }
}
