//! A local stand-in for the 100ms API, with real peers: as a program, and in the tests of Rust programs.
//!
//! ```
//! # fn main() -> Result<(), String> {
//! let sandbox = roomcast_sandbox::Sandbox::start(roomcast_sandbox::Options::default())?;
//! println!("base_url {}, access_key {}", sandbox.base_url(), sandbox.access_key());
//! # Ok(())
//! # }
//! ```
//!
//! The modules form layers. Each imports only from modules below it in this list:
//!
//! | module | what it does |
//! |---|---|
//! | [`run`] in `program` | the program: parses the command line, then serves until a signal or prints a token |
//! | [`Sandbox`] in `embedded` | a sandbox in a thread of its own, for tests |
//! | `server` | listens (TCP or TLS), serves, shuts down |
//! | `args` | the command-line options |
//! | [`Options`] in `options` | how a sandbox is started |
//! | `page` | the page at `/`: its files, its event stream, its requests, who may use it |
//! | `control` | the control API under `/sandbox`, for tests: simulated peers, faults |
//! | `signalling` | how peers join: `GET /init` and the WebSocket at `/ws` |
//! | `api` | the server API under `/v2` |
//! | `state` | the state that all request handlers share |
//! | `faults` | what happens to requests to the server API although they are right, to test clients |
//! | `fields` | reads the fields of bodies, queries and options strictly |
//! | `http` | what all endpoints share: error responses, Bearer tokens, request bodies, connections, host names |
//! | `webhooks` | posts room events to a URL, with retries |
//! | `rooms` | the rooms, the peers in them and their outgoing queues, in memory |
//! | `frames` | the JSON frames that peers are sent |
//! | `model` | plain data: peers, sessions, audiences, room events |
//! | `tokens` | signs and verifies management and peer tokens |
//!
//! Within a folder, `mod.rs` imports from the other files and never the other way round.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod api;
mod args;
mod control;
mod embedded;
mod faults;
mod fields;
mod frames;
mod http;
mod model;
mod options;
mod page;
mod program;
mod rooms;
mod server;
mod signalling;
mod state;
mod tokens;
mod webhooks;

pub use embedded::{ControlFailure, Sandbox};
pub use options::{Options, Tls};
pub use program::run;
