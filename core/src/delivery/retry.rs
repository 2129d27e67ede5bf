//! What is retried, and when: one pure decision after each failed attempt.

use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};

use crate::error::{Error, ErrorKind, Outcome};

/// The first wait is at most this, and each further one at most twice the one before.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(2);

/// What the client's options allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RetryPolicy {
    pub(crate) max_attempts: u32,
    pub(crate) retry_unknown: bool,
}

/// A failed attempt.
#[derive(Debug)]
pub(crate) struct FailedAttempt {
    pub(crate) error: Error,
    /// A retry would fail alike.
    pub(crate) is_final: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// No retry.
    Fail,
    /// Retry immediately, with a fresh token.
    FreshToken,
    /// Retry after this wait, which the server asked for.
    Wait(Duration),
    /// Retry after a random wait of at most this.
    Backoff(Duration),
}

impl RetryPolicy {
    /// Decides after attempt number `attempt`. `may_refresh`: a fresh token can still be tried.
    pub(crate) fn next(self, failed: &FailedAttempt, attempt: u32, may_refresh: bool) -> Next {
        let error = &failed.error;
        if attempt >= self.max_attempts || failed.is_final {
            return Next::Fail;
        }
        let backoff = || Next::Backoff(backoff(attempt));
        // A server that asks for no wait is not flooded.
        let wait = |asked: Duration| Next::Wait(asked.max(shortest_wait(attempt)));
        match (error.kind(), error.outcome()) {
            (ErrorKind::Unauthenticated, _) if may_refresh => Next::FreshToken,
            (ErrorKind::RateLimited, _) => error.retry_after().map_or_else(backoff, wait),
            (ErrorKind::Connection, Outcome::NotSent) => backoff(),
            (ErrorKind::Connection | ErrorKind::Server | ErrorKind::Protocol, Outcome::Unknown)
                if self.retry_unknown =>
            {
                error.retry_after().map_or_else(backoff, wait)
            }
            _ => Next::Fail,
        }
    }
}

fn backoff(attempt: u32) -> Duration {
    FIRST_BACKOFF.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(LONGEST_BACKOFF)
}

/// The shortest wait that a server can ask for: the mean of the backoff.
fn shortest_wait(attempt: u32) -> Duration {
    backoff(attempt) / 2
}

/// A random part of `max` ("full jitter"), so that many clients do not retry at the same moment.
pub(crate) fn jitter(max: Duration) -> Duration {
    // From the system: the state of a generator would be copied to forked children.
    let mut random = [0xff; 4];
    let _ = SystemRandom::new().fill(&mut random);
    max.mul_f64(f64::from(u32::from_ne_bytes(random)) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(kind: ErrorKind, outcome: Outcome, retry_after: Option<u64>) -> FailedAttempt {
        let error = Error::new(kind, outcome, "x").with_retry_after(retry_after.map(Duration::from_secs));
        FailedAttempt { error, is_final: false }
    }

    const DEFAULT: RetryPolicy = RetryPolicy { max_attempts: 3, retry_unknown: false };
    const UNKNOWN_TOO: RetryPolicy = RetryPolicy { max_attempts: 3, retry_unknown: true };

    #[test]
    fn unknown_is_retried_only_if_the_caller_asked() {
        for kind in ErrorKind::ALL {
            let failed = failed(kind, Outcome::Unknown, None);
            if kind != ErrorKind::Unauthenticated && kind != ErrorKind::RateLimited {
                assert_eq!(DEFAULT.next(&failed, 1, true), Next::Fail, "{kind}");
            }
        }
        for kind in [ErrorKind::Connection, ErrorKind::Server, ErrorKind::Protocol] {
            let failed = failed(kind, Outcome::Unknown, None);
            assert!(matches!(UNKNOWN_TOO.next(&failed, 1, true), Next::Backoff(_)), "{kind}");
        }
    }

    #[test]
    fn what_is_retried_by_itself() {
        let refused = failed(ErrorKind::Connection, Outcome::NotSent, None);
        assert_eq!(DEFAULT.next(&refused, 1, true), Next::Backoff(FIRST_BACKOFF));
        assert_eq!(DEFAULT.next(&refused, 2, true), Next::Backoff(FIRST_BACKOFF * 2));
        assert_eq!(DEFAULT.next(&refused, 3, true), Next::Fail);
        let is_final = FailedAttempt { is_final: true, ..refused };
        assert_eq!(DEFAULT.next(&is_final, 1, true), Next::Fail);

        let unauthenticated = failed(ErrorKind::Unauthenticated, Outcome::Rejected, None);
        assert_eq!(DEFAULT.next(&unauthenticated, 1, true), Next::FreshToken);
        assert_eq!(DEFAULT.next(&unauthenticated, 2, false), Next::Fail);

        let limited = |after| failed(ErrorKind::RateLimited, Outcome::Rejected, after);
        assert_eq!(DEFAULT.next(&limited(Some(7)), 1, true), Next::Wait(Duration::from_secs(7)));
        assert_eq!(DEFAULT.next(&limited(None), 1, true), Next::Backoff(FIRST_BACKOFF));
        assert_eq!(DEFAULT.next(&limited(Some(0)), 1, true), Next::Wait(FIRST_BACKOFF / 2));
        assert_eq!(DEFAULT.next(&limited(Some(0)), 2, true), Next::Wait(FIRST_BACKOFF));
        assert_eq!(DEFAULT.next(&limited(Some(0)), 3, true), Next::Fail);
    }

    #[test]
    fn jitter_stays_within_its_bound() {
        for _ in 0..1000 {
            assert!(jitter(LONGEST_BACKOFF) <= LONGEST_BACKOFF);
        }
        assert_eq!(backoff(u32::MAX), LONGEST_BACKOFF);
    }
}
