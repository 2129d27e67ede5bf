//! What a batch of sends may set.

use std::fmt;
use std::time::{Duration, Instant};

use crate::api::{Spelling, out_of_range};
use crate::delivery::CallContext;
use crate::error::Error;

use super::builder::{LIMIT_MAX_IN_FLIGHT, MAX_IN_FLIGHT_RANGE};

/// The most messages a second that a batch can be limited to.
pub const LIMIT_RATE: f64 = 1_000_000.0;

/// How a batch of sends goes about it: see [`Client::send_many_with`](crate::Client::send_many_with).
#[derive(Clone, Default)]
pub struct BatchOptions {
    pub(crate) max_in_flight: Option<u32>,
    pub(crate) rate: Option<f64>,
    pub(crate) spelling: Spelling,
    /// Of the operation whose parts the sends are; otherwise each has its own.
    pub(super) deadline: Option<Instant>,
    pub(super) context: CallContext,
}

impl BatchOptions {
    /// At most so many sends of the batch are in flight, or wait to be retried: 1 to [`LIMIT_MAX_IN_FLIGHT`], by default the
    /// client's `max_in_flight`, which holds for all sends of the client together.
    pub fn max_in_flight(mut self, max_in_flight: u32) -> Self {
        self.max_in_flight = Some(max_in_flight);
        self
    }

    /// At most so many messages of the batch begin in a second, evenly spaced: more than 0, at most [`LIMIT_RATE`], 0.1 for one in
    /// 10 seconds. By default as quickly as the server accepts them.
    pub fn rate(mut self, messages_a_second: f64) -> Self {
        self.rate = Some(messages_a_second);
        self
    }

    /// For language bindings: what its sends carry along.
    pub fn context(mut self, context: CallContext) -> Self {
        self.context = context;
        self
    }

    /// For the parts of an operation with this deadline.
    pub(super) fn by(deadline: Instant) -> Self {
        BatchOptions { deadline: Some(deadline), ..BatchOptions::default() }
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        let range = |option: &'static str, range: &str| {
            Err(Error::invalid_request(out_of_range(&self.spelling.of(option), range)))
        };
        match (self.max_in_flight, self.rate) {
            (Some(limit), _) if !(1..=LIMIT_MAX_IN_FLIGHT).contains(&limit) => {
                range("max_in_flight", MAX_IN_FLIGHT_RANGE)
            }
            (_, Some(rate)) if !(MIN_RATE..=LIMIT_RATE).contains(&rate) => {
                range("rate", "0.001 to 1,000,000 messages a second")
            }
            _ => Ok(()),
        }
    }

    /// The time from one send to the next.
    pub(super) fn interval(&self) -> Option<Duration> {
        self.rate.map(|rate| Duration::from_secs_f64(1.0 / rate))
    }
}

/// One message in a thousand seconds.
const MIN_RATE: f64 = 0.001;

impl fmt::Debug for BatchOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchOptions")
            .field("max_in_flight", &self.max_in_flight)
            .field("rate", &self.rate)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_edges_of_each_range() {
        let check = |options: BatchOptions| options.validate().map_err(|error| error.to_string());
        let options = BatchOptions::default;
        for good in [0.001, 50.0, LIMIT_RATE] {
            assert!(check(options().rate(good)).is_ok());
        }
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 0.000_9] {
            assert!(check(options().rate(bad)).unwrap_err().contains("rate is out of range"));
        }
        assert!(check(options().max_in_flight(1)).is_ok() && check(options().max_in_flight(10_000)).is_ok());
        for bad in [0, 10_001] {
            let options = BatchOptions { spelling: Spelling::Camel, ..options().max_in_flight(bad) };
            assert!(check(options).unwrap_err().contains("maxInFlight is out of range"));
        }
    }
}
