//! Tests of programs that use [`roomcast`]: a real client sends to a sandbox in the same process, and simulated peers keep
//! what reaches them.
//!
//! ```
//! use roomcast_testing::{Fault, Sandbox};
//!
//! let sandbox = Sandbox::start();
//! let client = sandbox.client();
//! let alice = sandbox.join("table-7", "player", "alice");
//! let bob = sandbox.join("table-7", "player", "bob");
//!
//! // What is tested: the program deals alice her cards.
//! client.send_to_peer("table-7", alice.peer_id(), "A♠ K♠").unwrap();
//!
//! assert_eq!(alice.received()[0].message, "A♠ K♠");
//! bob.expect_nothing();
//!
//! sandbox.fault(Fault::lost_answer().count(1));
//! let error = client.broadcast("table-7", "the pot is 40").unwrap_err();
//! assert_eq!(error.outcome(), roomcast::Outcome::Unknown);
//! ```
//!
//! A message is with its peers before the client has the response to its send. So a test needs no sleeps: only for what
//! another thread or process sends, [`Peer::wait_for`] waits.
//!
//! These functions are for tests: what cannot be done is a panic that says why, at the line of the test that asked for it.
//! They block. In an async test, call those that wait for the program itself ([`Sandbox::webhook`], [`Peer::wait_for`]) where
//! the program can go on meanwhile: with a runtime of several threads, or in `spawn_blocking`.
//!
//! Nothing leaves the machine: a sandbox listens on a loopback address only, and [`Sandbox::client`] sends nowhere else.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod control;
mod fault;
mod peer;
mod record;
mod sandbox;
mod webhook;

pub use fault::{ActiveFault, Fault};
pub use peer::{NewPeer, Peer, ReceivedMessage};
pub use record::{RecordedOutcome, RecordedRequest};
pub use sandbox::Sandbox;
pub use webhook::{Webhook, WebhookResponse};

pub use roomcast_sandbox::{Options, Tls};
