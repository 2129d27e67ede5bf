//! Send messages into live [100ms](https://www.100ms.live) rooms from a backend.
//!
//! ```no_run
//! # fn main() -> Result<(), roomcast::Error> {
//! # let (room_id, peer_id) = ("627cda81ab4f3b56a077dc33", "1038fa72-9345-4651-beab-436f9242ebf4");
//! let client = roomcast::Client::from_env()?;
//! use roomcast::Message;
//!
//! client.send_to_peer(room_id, peer_id, Message::event("deal", &["A♠", "K♠"])?)?;
//! client.send_to_role(room_id, "host", Message::chat("the table is full"))?;
//! client.broadcast(room_id, Message::reaction("tada"))?;
//! # Ok(())
//! # }
//! ```
//!
//! The promises: one behaviour in every language; never a wider audience than was named; every failure tells the truth
//! about delivery ([`Outcome`]); close to the wire's speed.
//!
//! Every send can fail. [`Error::outcome`] says what is known of the message, and so whether to send it again:
//!
//! ```no_run
//! # fn example(client: &roomcast::Client, request: &roomcast::Request) {
//! use roomcast::Outcome;
//!
//! if let Err(error) = client.send_message(request) {
//!     match error.outcome() {
//!         Outcome::NotSent => println!("nothing was sent, sending again is safe: {error}"),
//!         Outcome::Rejected => println!("the server refused it: {error}"),
//!         Outcome::Unknown => println!("it may have been delivered: {error}"),
//!     }
//! }
//! # }
//! ```
//!
//! From asynchronous code use [`Client::send_message_async`], a future for any runtime, or [`Client::start_message`] with
//! a callback.
//!
//! [`Client::list_peers`] and [`Client::get_room`] return who is in a room; [`Webhooks`] verifies and parses what 100ms
//! posts when a peer joins or leaves.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

// From top to bottom: each module uses only those below it.
mod dynamic;
mod fake;

mod client;

mod runtime;

mod delivery;

mod auth;

mod webhooks;

mod api;

mod net;

mod error;

mod faultpoint;

mod spawn;

#[cfg(test)]
mod property_tests;

pub use api::{
    ApiRequest, Argument, JsonText, JsonWriter, LIMIT_MAX_ATTEMPTS, MAX_JSON_NESTING, MAX_MESSAGE, MAX_NAME,
    MAX_ROOM_ID, MAX_TIMEOUT, Message, MessageArgument, MulticastRequest, Operation, Peer, PeerQuery,
    Recipient, RecipientResult, Request, Response, Room, RoomQuery, SendResult, Spelling,
};
pub use client::{
    Batch, BatchHandle, BatchOptions, Client, ClientBuilder, DEFAULT_MAX_ATTEMPTS, DEFAULT_MAX_IN_FLIGHT,
    DEFAULT_TIMEOUT, ItemResult, LIMIT_MAX_IN_FLIGHT, LIMIT_RATE, Pending, Progress, ResponseFuture,
    SendMany, SendManyStream, Stats,
};
#[cfg(feature = "tracing")]
pub use delivery::TracingSpans;
pub use delivery::{
    AttemptMetrics, AttemptTrace, CallContext, LogScope, Observer, OperationEvent, OperationInfo, Trace,
    TraceRecorder,
};
pub use dynamic::{Call, Field};
pub use error::{Error, ErrorKind, Outcome};
pub use fake::{Fake, FakeFailure, FakePeer, SentMessage};
pub use net::{ConnectTimings, DEFAULT_BASE_URL, FakeCall, FakeRequest, FakeResponse, FakeServer};
pub use runtime::MAX_QUEUED;
pub use webhooks::{
    Event, EventKind, MAX_WEBHOOK_BODY, PeerJoined, PeerLeft, WebhookError, WebhookErrorKind, Webhooks,
};

/// This library's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
