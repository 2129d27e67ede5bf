//! The C library: libroomcast, and include/roomcast.h, which is generated from this source and is the manual.
//!
//! It validates pointers and struct sizes only. Arguments go to the core unchanged, which has every other rule.

#![deny(missing_docs)]

#[cfg(not(panic = "unwind"))]
compile_error!("a panic must not end the caller's process: build with panic = \"unwind\"");

mod completion_queue;
mod ffi;
mod guard;
mod host;
mod panics;
mod query_arguments;
mod readiness;
mod send_arguments;

// cbindgen writes their items into the header; keep the order.
mod client;

mod send;

mod start;

mod pending;

mod completion;

mod recipients;

mod multicast;

mod send_many;

mod peers;

mod room;

mod start_query;

mod webhooks;

mod event;

mod stats;

mod logging;

mod options;

mod choices;

mod send_result;

mod error;

mod status;

mod version;

#[cfg(test)]
mod fuzz;
