//! The native addon of the Node package `roomcast`. It converts types and passes results on; every rule is in the core. The
//! JavaScript half is `lib/*.js`.

mod argument;
mod call_trace;
mod client;
mod completions;
mod error_object;
mod fake;
mod in_flight;
mod message;
mod record;
mod send_many;
mod traces;
mod webhooks;

use napi_derive::napi;

/// The loader compares it with the package's version.
#[napi]
pub const VERSION: &str = roomcast::VERSION;
