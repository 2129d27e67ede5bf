//! What one call may set instead of the client: the same limits, checked when it is sent.

use std::time::Duration;

use crate::error::Error;

use super::spelling::Spelling;

/// The longest timeout: an hour.
pub const MAX_TIMEOUT: Duration = Duration::from_secs(3600);
/// The largest `max_attempts`.
pub const LIMIT_MAX_ATTEMPTS: u32 = 100;

/// The options of one call. Those that are not given are the client's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CallOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) max_attempts: Option<u32>,
    pub(crate) retry_unknown: Option<bool>,
}

impl CallOptions {
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), naming the option.
    pub(super) fn validate(&self, spelling: Spelling) -> Result<(), Error> {
        let wrong = match (self.timeout, self.max_attempts) {
            (Some(timeout), _) if !is_timeout(timeout) => {
                out_of_range(&spelling.of(spelling.timeout()), TIMEOUT_RANGE)
            }
            (_, Some(attempts)) if !is_max_attempts(attempts) => {
                out_of_range(&spelling.of("max_attempts"), MAX_ATTEMPTS_RANGE)
            }
            _ => return Ok(()),
        };
        Err(Error::invalid_request(wrong))
    }
}

pub(crate) const TIMEOUT_RANGE: &str = "more than 0 and at most an hour";
pub(crate) const MAX_ATTEMPTS_RANGE: &str = "1 to 100";

pub(crate) fn is_timeout(timeout: Duration) -> bool {
    !timeout.is_zero() && timeout <= MAX_TIMEOUT
}

pub(crate) fn is_max_attempts(attempts: u32) -> bool {
    (1..=LIMIT_MAX_ATTEMPTS).contains(&attempts)
}

/// What an error says of an option that is out of range.
pub(crate) fn out_of_range(option: &str, range: &str) -> String {
    format!("{option} is out of range: it is {range}")
}

/// The setters of a type whose options are in this field.
macro_rules! call_options {
    ($type:ty, $($options:ident).+) => {
        impl $type {
            /// The deadline of this call, all attempts and waits included: more than zero, at most
            /// [`MAX_TIMEOUT`](crate::MAX_TIMEOUT). Else the client's.
            pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
                self.$($options).+.timeout = Some(timeout);
                self
            }

            /// The most attempts of this call: 1 to [`LIMIT_MAX_ATTEMPTS`](crate::LIMIT_MAX_ATTEMPTS). Else the client's.
            pub fn max_attempts(mut self, max_attempts: u32) -> Self {
                self.$($options).+.max_attempts = Some(max_attempts);
                self
            }

            /// Also retries when it is unknown whether the message was delivered; else as the client does. **People may then
            /// see a message twice.** A query is always retried.
            pub fn retry_unknown(mut self, retry_unknown: bool) -> Self {
                self.$($options).+.retry_unknown = Some(retry_unknown);
                self
            }
        }
    };
}

pub(super) use call_options;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_edges_of_each_range() {
        let check =
            |options: CallOptions, spelling| options.validate(spelling).map_err(|error| error.to_string());
        let timeout = |timeout| CallOptions { timeout: Some(timeout), ..CallOptions::default() };
        for good in [Duration::from_nanos(1), MAX_TIMEOUT] {
            assert!(check(timeout(good), Spelling::Snake).is_ok());
        }
        for bad in [Duration::ZERO, MAX_TIMEOUT + Duration::from_nanos(1)] {
            assert!(check(timeout(bad), Spelling::Snake).unwrap_err().contains("timeout is out of range"));
            assert!(check(timeout(bad), Spelling::Camel).unwrap_err().contains("timeoutMs is out of range"));
        }
        let attempts = |count| CallOptions { max_attempts: Some(count), ..CallOptions::default() };
        assert!(check(attempts(1), Spelling::Snake).is_ok() && check(attempts(100), Spelling::Snake).is_ok());
        for bad in [0, 101] {
            assert!(
                check(attempts(bad), Spelling::Camel).unwrap_err().contains("maxAttempts is out of range")
            );
        }
    }
}
