//! Send messages into live [100ms](https://www.100ms.live) rooms from a backend.
//!
//! ```no_run
//! # fn main() -> Result<(), roomcast::Error> {
//! # let (room_id, peer_id) = ("627cda81ab4f3b56a077dc33", "1038fa72-9345-4651-beab-436f9242ebf4");
//! let client = roomcast::Client::from_env()?;
//! client.send_to_peer(room_id, peer_id, "your cards: A♠ K♠")?;
//! client.send_to_role(room_id, "host", "the table is full")?;
//! client.broadcast(room_id, "class is off today")?;
//! # Ok(())
//! # }
//! ```
//!
//! The promises: one behaviour in every language; never a wider audience than was named; every failure tells the truth
//! about delivery ([`Outcome`]); close to the wire's speed.
//!
//! Every send may fail. [`Error::outcome`] says what is known of the message, and so whether to send it again:
//!
//! ```no_run
//! # fn example(client: &roomcast::Client, request: &roomcast::Request) {
//! use roomcast::Outcome;
//!
//! if let Err(error) = client.send_message(request) {
//!     match error.outcome() {
//!         Outcome::NotSent => println!("nothing left, sending again is safe: {error}"),
//!         Outcome::Rejected => println!("the server said no: {error}"),
//!         Outcome::Unknown => println!("it may have been delivered: {error}"),
//!     }
//! }
//! # }
//! ```
//!
//! From asynchronous code use [`Client::send_message_async`], a future for any runtime, or [`Client::start`] with a
//! callback.
//!
//! [`Client::list_peers`] and [`Client::get_room`] tell who is in a room; [`Webhooks`] reads what 100ms posts when a peer
//! joined, left, and so on.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod answer;
mod base_url;
mod builder;
mod call;
#[cfg(test)]
mod checks;
mod client;
mod credentials;
mod delivery;
mod environment;
mod error;
mod event_loop;
mod faultpoint;
mod field;
mod json;
mod pending;
mod process;
mod proxy;
mod receipt;
mod recipient;
mod redact;
mod request;
mod retry;
mod rooms;
mod settings;
mod timestamp;
mod token;
mod told;
mod transport;
mod validate;
mod webhooks;
mod wire;
mod workers;

pub use base_url::DEFAULT_BASE_URL;
pub use builder::{
    ClientBuilder, DEFAULT_MAX_ATTEMPTS, DEFAULT_MAX_IN_FLIGHT, DEFAULT_TIMEOUT, LIMIT_MAX_ATTEMPTS,
    LIMIT_MAX_IN_FLIGHT, MAX_TIMEOUT,
};
pub use call::{Argument, Ask, Call, Method};
pub use client::Client;
pub use error::{Error, ErrorKind, Outcome};
pub use field::Field;
pub use pending::{Pending, Sending};
pub use receipt::Receipt;
pub use recipient::Recipient;
pub use request::{Request, Spelling};
pub use rooms::{Peer, PeerQuery, Room};
pub use told::Told;
pub use validate::{MAX_MESSAGE, MAX_NAME, MAX_ROOM_ID};
pub use webhooks::{
    Event, EventKind, MAX_WEBHOOK_BODY, PeerJoined, PeerLeft, WebhookError, WebhookErrorKind, Webhooks,
};

/// This library's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
