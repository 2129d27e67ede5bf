//! What the server API is to refuse although the request is right: so that clients can be tested with it.

mod rate_limit;

pub use rate_limit::RateLimit;

use std::time::{Duration, Instant};

/// The faults of a run. By default there are none.
#[derive(Default)]
pub struct Faults {
    pub rate_limit: Option<RateLimit>,
}

impl Faults {
    /// Whether a request is served now.
    ///
    /// # Errors
    /// How long the client has to wait.
    pub fn admit(&self, now: Instant) -> Result<(), Duration> {
        self.rate_limit.as_ref().map_or(Ok(()), |limit| limit.take(now))
    }
}
