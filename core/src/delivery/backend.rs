//! What deliveries send with.

use std::sync::Arc;

use crate::auth::Tokens;
use crate::error::Error;
use crate::net::{
    Attempt, Exchange, Failure, FakeCall, FakeServer, HttpResponse, Pool, Route, fake_round_trip,
};

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
    /// What a fake server records of a call that begins.
    pub(crate) fn fake_call(&self, call: impl FnOnce() -> FakeCall) -> Option<Box<FakeCall>> {
        self.fake_server.as_ref().map(|_| Box::new(call()))
    }

    /// Has the server, if it is a fake one, record how a call ended.
    pub(crate) fn fake_ended(&self, call: Option<Box<FakeCall>>, attempts: u32, error: Option<&Error>) {
        if let (Some(server), Some(call)) = (&self.fake_server, call) {
            server.ended(&FakeCall { attempts, error: error.cloned(), ..*call });
        }
    }

    /// Performs an attempt without a server, if it has a fake one.
    pub(super) fn fake_round_trip(
        &self,
        call: Option<&FakeCall>,
        exchange: &mut Exchange,
        attempt: &Attempt,
    ) -> Option<Result<HttpResponse, Failure>> {
        Some(fake_round_trip(&**self.fake_server.as_ref()?, call?.number, exchange, attempt))
    }
}
