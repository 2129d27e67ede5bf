//! What happens to an operation, for those who watch it: logs, traces and metrics of the program are made of this.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::api::{ApiRequest, Recipient};
use crate::error::Error;
use crate::net::ConnectTimings;

/// Watches operations. It is called where things happen: on the thread that waits for the operation, or on the one thread that
/// performs all started operations of a client. So it should be short, and must not wait for an operation. Its panics change
/// nothing of the operation.
///
/// Nothing that it is told holds a message's text, a secret, a token or what a peer says of itself.
pub trait Observer: Send + Sync {
    /// Something happened to an operation. The events of one operation come one after another: `Started`; for each attempt
    /// `AttemptStarted` and `AttemptEnded`, and perhaps `Retrying`; `Ended`, always.
    fn on_event(&self, operation: &OperationInfo<'_>, event: &OperationEvent<'_>);
}

/// Which operation an event is about.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct OperationInfo<'a> {
    /// A number of its own in this process.
    pub id: u64,
    /// `"send_message"`, `"list_peers"` or `"get_room"`: the other methods are made of these.
    pub method: &'static str,
    /// The room.
    pub room_id: &'a str,
    /// Who receives the message: `"peer"`, `"role"` or `"everyone"`. None for a query.
    pub recipient: Option<&'static str>,
    /// The HTTP method.
    pub http_method: &'static str,
    /// The path of the request, without a query.
    pub path: &'a str,
    /// The host of the base URL.
    pub server_address: &'a str,
    /// The port of the base URL.
    pub server_port: u16,
}

/// What happened to an operation.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum OperationEvent<'a> {
    /// It was started. It may have to wait for a place.
    Started,
    /// An attempt began; the first one is 1.
    AttemptStarted {
        /// Its number.
        attempt: u32,
    },
    /// The attempt ended.
    AttemptEnded {
        /// Its number.
        attempt: u32,
        /// What it took.
        metrics: AttemptMetrics,
        /// Why it failed.
        error: Option<&'a Error>,
    },
    /// Another attempt follows after a wait.
    Retrying {
        /// The number of the attempt that failed.
        attempt: u32,
        /// How long it waits.
        wait: Duration,
        /// Why the attempt failed.
        error: &'a Error,
    },
    /// It ended. What is known of the message is in the error.
    Ended {
        /// The number of attempts.
        attempts: u32,
        /// The time since it was started.
        elapsed: Duration,
        /// None if it succeeded.
        error: Option<&'a Error>,
    },
}

/// What an attempt took.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct AttemptMetrics {
    /// How long it took, from finding a connection on.
    pub elapsed: Duration,
    /// How long it took to open its connection; none if that was kept from an earlier one, or if there was none.
    pub connected: Option<ConnectTimings>,
    /// How long it took to write the request.
    pub write: Option<Duration>,
    /// How long it took from there to the response.
    pub wait: Option<Duration>,
    /// How many bytes of the request the connection took.
    pub request_bytes: usize,
    /// How many bytes of a response were read.
    pub response_bytes: usize,
    /// The HTTP status of the response.
    pub status: Option<u16>,
}

/// The observers of one operation, and what they are told.
pub(super) struct Watch {
    observers: Vec<Arc<dyn Observer>>,
    id: u64,
    method: &'static str,
    recipient: Option<&'static str>,
    started: Instant,
    /// An attempt began, and has not ended.
    pub(super) is_attempting: bool,
    has_ended: bool,
}

/// The parts of an [`OperationInfo`] that the operation itself holds.
#[derive(Clone, Copy)]
pub(super) struct Watched<'a> {
    pub(super) room_id: &'a str,
    pub(super) path: &'a str,
    pub(super) server_address: &'a str,
    pub(super) server_port: u16,
}

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

impl Watch {
    /// None if nobody watches.
    pub(super) fn new(observers: Vec<Arc<dyn Observer>>, request: &ApiRequest<'_>) -> Option<Self> {
        if observers.is_empty() {
            return None;
        }
        let (method, recipient) = match request {
            // It was validated, so it has one.
            ApiRequest::SendMessage(request) => {
                ("send_message", request.recipient().ok().map(recipient_kind))
            }
            ApiRequest::ListPeers(_) => ("list_peers", None),
            ApiRequest::GetRoom(_) => ("get_room", None),
        };
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let started = Instant::now();
        Some(Watch { observers, id, method, recipient, started, is_attempting: false, has_ended: false })
    }

    pub(super) fn event(&self, watched: Watched<'_>, event: OperationEvent<'_>) {
        let info = OperationInfo {
            id: self.id,
            method: self.method,
            room_id: watched.room_id,
            recipient: self.recipient,
            http_method: if self.recipient.is_some() { "POST" } else { "GET" },
            path: watched.path,
            server_address: watched.server_address,
            server_port: watched.server_port,
        };
        for observer in &self.observers {
            // A panic in it is its own.
            let _ = catch_unwind(AssertUnwindSafe(|| observer.on_event(&info, &event)));
        }
    }

    pub(super) fn ended(&mut self, watched: Watched<'_>, attempts: u32, error: Option<&Error>) {
        self.has_ended = true;
        self.event(watched, OperationEvent::Ended { attempts, elapsed: self.started.elapsed(), error });
    }

    /// Otherwise the operation is dropped without an end, because of a panic.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }
}

fn recipient_kind(recipient: Recipient) -> &'static str {
    match recipient {
        Recipient::Peer(_) => "peer",
        Recipient::Role(_) => "role",
        Recipient::Everyone => "everyone",
    }
}
