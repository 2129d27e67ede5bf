//! The client: one for all threads.

mod batch;
mod batch_options;
mod builder;
mod drain;
mod environment;
mod future;
mod multicast;
mod operations;
mod pending;
mod send_many;
mod send_many_stream;
mod server_choice;
mod stats;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::api::{
    ApiRequest, CallOptions, Message, Operation, Peer, PeerQuery, Request, Response, Room, RoomQuery,
    SendResult,
};
use crate::delivery::{CallContext, Completer, Completion, Delivery, DeliveryConfig, PreparedRequest};
use crate::error::{Error, ErrorKind, Outcome};
use crate::net::{FakeCall, SendState};
use crate::runtime::{
    OperationGuard, OperationKind, PerProcess, ProcessState, TASK_BYTES, Task, TransportConfig,
};

pub use batch::{Batch, Progress};
pub use batch_options::{BatchOptions, LIMIT_RATE};
pub use builder::{
    ClientBuilder, DEFAULT_MAX_ATTEMPTS, DEFAULT_MAX_IN_FLIGHT, DEFAULT_TIMEOUT, LIMIT_MAX_IN_FLIGHT,
};
pub use future::ResponseFuture;
pub use pending::Pending;
pub use send_many::{BatchHandle, ItemResult, SendMany};
pub use send_many_stream::SendManyStream;
pub use stats::Stats;

/// Sends messages into live rooms, and queries who is there. Create one and share it: clones are cheap and are the same
/// client, and any number of threads may use it at once. In a forked child it opens connections of its own.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    per_process: PerProcess,
    delivery: Arc<DeliveryConfig>,
    timeout: Duration,
    closed: AtomicBool,
}

/// How an operation is started.
#[derive(Default)]
struct Start {
    /// Without one, the operation's time counts from its first attempt.
    deadline: Option<Instant>,
    /// The first attempt begins no sooner.
    begin_at: Option<Instant>,
    /// It belongs to an operation that has begun, so it begins even if the client is closed.
    is_part: bool,
    context: CallContext,
}

impl Start {
    fn by(deadline: Instant) -> Self {
        Start { deadline: Some(deadline), ..Start::default() }
    }
}

impl Client {
    fn new(transport: TransportConfig, delivery: DeliveryConfig, timeout: Duration) -> Self {
        Client(Arc::new(Inner {
            per_process: PerProcess::new(transport),
            delivery: Arc::new(delivery),
            timeout,
            closed: AtomicBool::new(false),
        }))
    }

    /// Sends a message, and waits for the server's response, at most the client's timeout.
    ///
    /// # Errors
    /// Every [`ErrorKind`](crate::ErrorKind); [`Error::outcome`] says what is known of the message.
    pub fn send_message(&self, request: &Request) -> Result<SendResult, Error> {
        self.execute(ApiRequest::SendMessage(Cow::Borrowed(request)).into())?.try_into()
    }

    /// Sends a message to one connected peer.
    ///
    /// # Errors
    /// As [`send_message`](Client::send_message).
    pub fn send_to_peer(
        &self,
        room_id: &str,
        peer_id: &str,
        message: impl Into<Message>,
    ) -> Result<SendResult, Error> {
        self.send_message(&Request::new(room_id, message).peer_id(peer_id))
    }

    /// Sends a message to every connected peer with a role. If nobody has the role, nobody receives the message, and the
    /// server reports success.
    ///
    /// # Errors
    /// As [`send_message`](Client::send_message).
    pub fn send_to_role(
        &self,
        room_id: &str,
        role: &str,
        message: impl Into<Message>,
    ) -> Result<SendResult, Error> {
        self.send_message(&Request::new(room_id, message).role(role))
    }

    /// Sends a message to everyone in a room.
    ///
    /// # Errors
    /// As [`send_message`](Client::send_message).
    pub fn broadcast(&self, room_id: &str, message: impl Into<Message>) -> Result<SendResult, Error> {
        self.send_message(&Request::new(room_id, message))
    }

    /// Lists the peers in a room, in the order of their ids, and waits for the server's response, at most the client's
    /// timeout. The list is empty if no peer in the room matches. Send to one of them with
    /// [`send_to_peer`](Client::send_to_peer).
    ///
    /// A query changes nothing on the server. So unlike a send it is retried even if it is unknown whether the server has
    /// processed it. A response has at most 16 MiB.
    ///
    /// # Errors
    /// Every [`ErrorKind`](crate::ErrorKind), as for a send. [`NotFound`](crate::ErrorKind::NotFound) if nobody is in the
    /// room; [`Protocol`](crate::ErrorKind::Protocol) also if the response does not hold what was queried.
    pub fn list_peers(&self, query: &PeerQuery) -> Result<Vec<Peer>, Error> {
        self.execute(ApiRequest::ListPeers(Cow::Borrowed(query)).into())?.try_into()
    }

    /// Gets a room that somebody is in. Otherwise as [`list_peers`](Client::list_peers).
    ///
    /// # Errors
    /// As [`list_peers`](Client::list_peers).
    pub fn get_room(&self, query: impl Into<RoomQuery>) -> Result<Room, Error> {
        self.execute(ApiRequest::GetRoom(Cow::Owned(query.into())).into())?.try_into()
    }

    /// Starts a send and returns immediately. `on_done` is called once with the result, on the one thread that performs all
    /// started operations of this client, or on the thread that [cancels](Pending::cancel) this one. The others wait
    /// meanwhile, so it should be short, and must not wait for one of them. At most `max_in_flight` operations are in flight
    /// at once, the others are queued, up to [`MAX_QUEUED`](crate::MAX_QUEUED). The timeout counts from this call.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), [`Configuration`](crate::ErrorKind::Configuration) after
    /// [`close`](Client::close), [`QueueFull`](crate::ErrorKind::QueueFull),
    /// [`Connection`](crate::ErrorKind::Connection) if the system cannot start a thread; `on_done` is not called then.
    pub fn start_message(
        &self,
        request: &Request,
        on_done: impl FnOnce(Result<SendResult, Error>) + Send + 'static,
    ) -> Result<Pending, Error> {
        let operation = ApiRequest::SendMessage(Cow::Borrowed(request));
        self.start(operation.into(), |result| on_done(result.and_then(TryInto::try_into)))
    }

    /// Starts a send, as a future for any runtime. Dropping the future cancels the send.
    pub fn send_message_async(&self, request: &Request) -> ResponseFuture {
        self.future(ApiRequest::SendMessage(Cow::Borrowed(request)).into())
    }

    /// Lists the peers in a room, as a future for any runtime. Otherwise as [`list_peers`](Client::list_peers).
    pub fn list_peers_async(&self, query: &PeerQuery) -> ResponseFuture<Vec<Peer>> {
        self.future(ApiRequest::ListPeers(Cow::Borrowed(query)).into())
    }

    /// Gets a room, as a future for any runtime. Otherwise as [`get_room`](Client::get_room).
    pub fn get_room_async(&self, query: impl Into<RoomQuery>) -> ResponseFuture<Room> {
        self.future(ApiRequest::GetRoom(Cow::Owned(query.into())).into())
    }

    fn future<T>(&self, operation: Operation<'_>) -> ResponseFuture<T>
    where
        T: TryFrom<Response, Error = Error> + Send + 'static,
    {
        ResponseFuture::new(|slot| {
            self.start(operation, move |result| slot.complete(result.and_then(TryInto::try_into)))
        })
    }

    fn start_prepared(
        &self,
        request: PreparedRequest<'static>,
        start: Start,
        on_done: impl FnOnce(Result<Response, Error>) + Send + 'static,
    ) -> Result<Pending, Error> {
        let state = match start.deadline {
            Some(deadline) => SendState::new(deadline, None),
            None => SendState::with_timeout(self.timeout_of(request.api_request().options())),
        };
        let is_idempotent = request.is_idempotent();
        let process = self.0.per_process.current();
        let refuse = |error| self.refused(|| request.fake_call(), error);
        let guard = match start.is_part {
            true => process.operations.begin(OperationKind::Started),
            false => self.begin(process, OperationKind::Started).map_err(refuse)?,
        };
        if process.operations.is_aborted() {
            return Err(refuse(Error::closed(Outcome::NotSent)));
        }
        let budget = &process.reactor.budget;
        let Some(reservation) = budget.reserve(request.body_len() + TASK_BYTES) else {
            let error = queue_full(budget.limit());
            return Err(refuse(if is_idempotent { error.for_query() } else { error }));
        };
        let completion = Completion::new(reservation, move |result: Result<Response, Error>| {
            // A cancel does not know the operation.
            on_done(if is_idempotent { result.map_err(Error::for_query) } else { result });
            drop(guard);
        });
        // The task holds no client: a client can be dropped while its last operations complete.
        let config = self.0.delivery.clone();
        let delivery = Delivery::new(process.backend.clone(), config, request, state.clone(), start.context);
        let completer = Completer::new(completion.clone(), state.clone());
        let task = Task::new(delivery, completer).begin_at(start.begin_at);
        let cancel = process.reactor.submit(task).inspect_err(|error| {
            process.backend.counters.ended(Err(error));
        })?;
        Ok(Pending::new(process.generation, cancel, state, completion))
    }

    /// Closes the client: every further call fails with [`Configuration`](crate::ErrorKind::Configuration). Operations in
    /// flight continue to their end; idle connections are closed. Closing twice has no effect.
    pub fn close(&self) {
        if !self.0.closed.swap(true, Ordering::SeqCst) {
            self.0.per_process.current().retire();
        }
    }

    /// The time for an operation with these options.
    fn timeout_of(&self, options: CallOptions) -> Duration {
        options.timeout.unwrap_or(self.0.timeout)
    }

    fn encode<'a>(&self, request: ApiRequest<'a>) -> Result<PreparedRequest<'a>, Error> {
        let encoded = request.encode().map_err(|error| self.refused(|| request.fake_call(), error))?;
        Ok(PreparedRequest::new(request, encoded, &self.transport().base_url))
    }

    /// Begins an operation, unless the client is closed.
    fn begin(&self, process: &ProcessState, kind: OperationKind) -> Result<OperationGuard, Error> {
        // In this order, so that who closes the client and then waits for its operations waits for this one, too.
        let guard = process.operations.begin(kind);
        match self.0.closed.load(Ordering::SeqCst) {
            false => Ok(guard),
            true => {
                Err(Error::configuration("the client is closed")
                    .advice("Make another one, or close it later."))
            }
        }
    }

    /// An operation that does not begin.
    fn refused(&self, call: impl FnOnce() -> FakeCall, error: Error) -> Error {
        let backend = &self.0.per_process.current().backend;
        backend.counters.ended(Err(&error));
        backend.fake_ended(backend.fake_call(call), 0, Some(&error));
        error
    }

    /// An operation that its caller's language could not make. Only a fake server learns of it.
    pub(crate) fn record_refused(&self, call: impl FnOnce() -> FakeCall, error: &Error) {
        let backend = &self.0.per_process.current().backend;
        backend.fake_ended(backend.fake_call(call), 0, Some(error));
    }

    pub(crate) fn has_fake_server(&self) -> bool {
        self.transport().fake_server.is_some()
    }

    pub(crate) fn transport(&self) -> &TransportConfig {
        self.0.per_process.config()
    }

    pub(crate) fn delivery(&self) -> &DeliveryConfig {
        &self.0.delivery
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.0.timeout
    }
}

fn queue_full(limit: usize) -> Error {
    let what = format!("the client's queue is full: it holds at most {} MiB", limit / (1024 * 1024));
    Error::new(ErrorKind::QueueFull, Outcome::NotSent, what)
        .advice("Wait for sends to complete before starting more.")
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transport = self.transport();
        f.debug_struct("Client")
            .field("base_url", &transport.base_url)
            .field("credentials", &transport.credentials)
            .field("timeout", &self.0.timeout)
            .field("max_attempts", &self.0.delivery.policy.max_attempts)
            .field("retry_unknown", &self.0.delivery.policy.retry_unknown)
            .field("max_in_flight", &transport.max_in_flight)
            .field("ca_file", &transport.ca_file)
            .field("roots", &transport.roots)
            .field("proxy", &transport.proxy)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod connection_tests;
