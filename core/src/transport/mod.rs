//! Everything below a send: names, sockets, the proxy's tunnel, TLS, HTTP, and what is known of a request's bytes.
//!
//! Each read and write asks its [`Attempt`] how long it may take, and tells it what reached the socket. An [`Exchange`] is
//! pure HTTP; a [`Connection`] moves its bytes, over a socket that waits (for a send on the caller's thread) or one that
//! never does (for the event loop).

mod attempt;
mod connection;
mod connector;
mod dial;
mod elsewhere;
mod exchange;
mod failure;
mod pool;
mod progress;
mod resolve;
mod socket;
mod tls;
mod tunnel;

pub(crate) use attempt::{Attempt, deadline_passed};
pub(crate) use connection::{Connection, Went};
pub(crate) use connector::Route;
pub(crate) use exchange::Exchange;
pub(crate) use failure::{Failure, FailureKind};
pub(crate) use pool::{MAX_IDLE, Pool};
pub(crate) use progress::{BlockedBy, Interrupted, Progress};
pub(crate) use socket::{Polled, Waiting};
pub(crate) use tls::Roots;

use crate::answer::Answer;

/// One exchange on the caller's thread.
pub(crate) fn exchange(
    pool: &Pool,
    route: &Route,
    mut exchange: Exchange,
    attempt: &Attempt,
) -> Result<Answer, Failure> {
    let mut connection = pool.take(route, attempt)?;
    connection.go_on(&mut exchange, attempt)?;
    let (answer, may_serve_again) = exchange.into_answer();
    attempt.release();
    if may_serve_again {
        pool.put(connection);
    }
    Ok(answer)
}
