//! What deliveries send with.

use std::sync::Arc;

use crate::auth::Tokens;
use crate::net::{Attempt, Exchange, Failure, FakeServer, HttpResponse, Pool, Route, fake_round_trip};

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
    /// Responds instead of the server.
    pub(crate) fake_server: Option<Arc<dyn FakeServer>>,
}

impl Backend {
    /// Performs an attempt without a server, if it has a fake one.
    pub(super) fn fake_round_trip(
        &self,
        exchange: &mut Exchange,
        attempt: &Attempt,
    ) -> Option<Result<HttpResponse, Failure>> {
        Some(fake_round_trip(&**self.fake_server.as_ref()?, exchange, attempt))
    }
}
