//! What deliveries send with.

use crate::auth::Tokens;
use crate::net::{Pool, Route};

use super::counters::Counters;
use super::rate_limit::RateLimit;

/// The way to the server, the connections to it, and the tokens that it accepts. Each process has its own.
pub(crate) struct Backend {
    pub(crate) route: Route,
    /// For sends on their callers' threads. The reactor keeps connections of its own.
    pub(crate) pool: Pool,
    pub(crate) tokens: Tokens,
    pub(crate) rate_limit: RateLimit,
    pub(crate) counters: Counters,
}
