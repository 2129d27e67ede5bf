//! A server that is not there: it responds in this process, without a socket.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::attempt::{Attempt, deadline_passed};
use super::failure::Failure;
use super::http_response::HttpResponse;
use super::http1::Exchange;
use super::send_state::Shutdown;
use crate::error::Error;

/// Stands in for the server, in tests of programs that use roomcast: see
/// [`ClientBuilder::fake_server`](crate::ClientBuilder::fake_server).
pub trait FakeServer: Send + Sync {
    /// What becomes of one attempt of an operation. It is called on the thread that waits for the operation, or on the one
    /// thread that performs all started operations of a client, so it must not wait for another operation.
    fn respond(&self, request: &FakeRequest<'_>) -> FakeResponse;

    /// A call ended, with a result or an error. Also one that never reached the server, since it broke a rule.
    fn ended(&self, call: &FakeCall) {
        _ = call;
    }
}

/// A call of a client whose server is a fake one, after it has ended. A message to several recipients is a call for each of
/// them, after one that lists the peers, if it is to users.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FakeCall {
    /// Its number in this process.
    pub number: u64,
    /// `send_message`, `list_peers` or `get_room`: the other methods are made of these.
    pub method: &'static str,
    /// The room; none if something else than text was given.
    pub room_id: Option<String>,
    /// The one peer that the message is for.
    pub peer_id: Option<String>,
    /// The role that the message is for, or whose peers are listed. None beside a peer, unless the call was refused.
    pub role: Option<String>,
    /// The user whose peers are listed.
    pub user_id: Option<String>,
    /// The message, as it is sent.
    pub message: Option<String>,
    /// Its type.
    pub message_type: Option<String>,
    /// How many attempts there were; none for a call that broke a rule.
    pub attempts: u32,
    /// Why it failed; none if the server accepted it.
    pub error: Option<Error>,
}

impl FakeCall {
    /// A call that has just begun, of which nothing else is known.
    pub(crate) fn new(method: &'static str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let [room_id, peer_id, role, user_id, message, message_type] = [const { None }; 6];
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        FakeCall {
            number,
            method,
            room_id,
            peer_id,
            role,
            user_id,
            message,
            message_type,
            attempts: 0,
            error: None,
        }
    }
}

/// An HTTP request, as a server would see it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FakeRequest<'a> {
    /// The number of the call that it belongs to.
    pub call: u64,
    /// Which attempt of the call it is; the first one is 1.
    pub attempt: u32,
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
    call: u64,
    exchange: &mut Exchange,
    attempt: &Attempt,
) -> Result<HttpResponse, Failure> {
    let (method, path_and_query) = exchange.request_line();
    let body = exchange.body();
    let request = FakeRequest { call, attempt: attempt.number(), method, path_and_query, body };
    let response = server.respond(&request);
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
