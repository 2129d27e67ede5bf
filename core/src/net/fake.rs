//! A server that is not there: it responds in this process, without a socket.

use std::io::ErrorKind;
use std::sync::Arc;

use super::attempt::{Attempt, deadline_passed};
use super::failure::Failure;
use super::http1::{Exchange, HttpResponse};
use super::send_state::Shutdown;

/// Stands in for the server, in tests of programs that use roomcast: see
/// [`ClientBuilder::fake_server`](crate::ClientBuilder::fake_server).
pub trait FakeServer: Send + Sync {
    /// What becomes of one attempt of an operation. It is called on the thread that waits for the operation, or on the one
    /// thread that performs all started operations of a client, so it must not wait for another operation.
    fn respond(&self, request: &FakeRequest<'_>) -> FakeResponse;
}

/// An HTTP request, as a server would see it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FakeRequest<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// The path and the query below the host.
    pub path_and_query: &'a str,
    /// The JSON of a `POST`.
    pub body: &'a [u8],
}

/// What becomes of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FakeResponse {
    /// The server responds.
    Http {
        /// The HTTP status.
        status: u16,
        /// The header `Retry-After`, in seconds.
        retry_after: Option<u64>,
        /// The body.
        body: Vec<u8>,
    },
    /// There is no connection: the message is not sent.
    NoConnection,
    /// The connection breaks after the request was sent.
    ConnectionLost,
    /// No response comes before the deadline, which passes at once.
    NoResponse,
}

/// There is nothing that a cancel would wake.
struct NoSocket;

impl Shutdown for NoSocket {
    fn shut_down(&self) {}
}

/// Performs an attempt.
pub(crate) fn round_trip(
    server: &dyn FakeServer,
    exchange: &mut Exchange,
    attempt: &Attempt,
) -> Result<HttpResponse, Failure> {
    let (method, path_and_query) = exchange.request_line();
    let response = server.respond(&FakeRequest { method, path_and_query, body: exchange.body() });
    if response == FakeResponse::NoConnection {
        return Err(Failure::connect("connecting", &ErrorKind::ConnectionRefused.into()));
    }
    attempt.before_write(&Arc::new(NoSocket))?;
    let length = exchange.untaken().len();
    exchange.record_taken(length);
    exchange.end_writing();
    attempt.record_written(length);
    match response {
        FakeResponse::Http { status, retry_after, body } => {
            let retry_after = retry_after.map(|seconds| seconds.to_string());
            Ok(HttpResponse { status, retry_after, request_id: None, body })
        }
        FakeResponse::NoResponse => Err(deadline_passed("waiting for the server")),
        FakeResponse::ConnectionLost | FakeResponse::NoConnection => Err(Failure::closed()),
    }
}
