//! The native half of the Node package `roomcast`: it converts types and hands results over, and knows no rule.
//! The other half is `lib/*.js`.

mod argument;
mod client;
mod completions;
mod failure;
mod record;
mod webhooks;

use napi_derive::napi;

/// The loader compares it with the package's version.
#[napi]
pub const VERSION: &str = roomcast::VERSION;
