//! The C library: libroomcast, and include/roomcast.h, which is made from this source and is the manual.
//!
//! No rule of sending lives here: what C callers give goes to the core as it was given.

#![deny(missing_docs)]

#[cfg(not(panic = "unwind"))]
compile_error!("a panic must not end the caller's process: build with panic = \"unwind\"");

mod ffi;
mod given;
mod guard;
mod panics;

// The header shows these in this order.
mod client;

mod send;

mod start;

mod pending;

mod peers;

mod room;

mod webhooks;

mod event;

mod options;

mod send_result;

mod error;

mod status;

mod version;

#[cfg(test)]
mod fuzz;
