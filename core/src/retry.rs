//! What to do after a failed attempt: one pure decision.

use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};

use crate::error::{Error, ErrorKind, Outcome};

/// The first wait is at most this, and each further one at most twice the one before.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(2);

/// What the caller allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) max_attempts: u32,
    pub(crate) retry_unknown: bool,
}

/// A failed attempt.
#[derive(Debug)]
pub(crate) struct FailedAttempt {
    pub(crate) error: Error,
    /// Another try would end alike.
    pub(crate) is_final: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    GiveUp,
    /// Try again at once with a fresh token.
    FreshToken,
    /// Try again after this wait.
    Wait(Duration),
    /// Try again after a random wait of at most this.
    Backoff(Duration),
}

impl Policy {
    /// Decides after attempt number `attempt`. `may_refresh` tells whether a fresh token can still be tried.
    pub(crate) fn next(self, failed: &FailedAttempt, attempt: u32, may_refresh: bool) -> Next {
        let error = &failed.error;
        if attempt >= self.max_attempts || failed.is_final {
            return Next::GiveUp;
        }
        let backoff = || Next::Backoff(backoff(attempt));
        match (error.kind(), error.outcome()) {
            (ErrorKind::Unauthenticated, _) if may_refresh => Next::FreshToken,
            (ErrorKind::RateLimited, _) => error.retry_after().map_or(Next::GiveUp, Next::Wait),
            (ErrorKind::Connection, Outcome::NotSent) => backoff(),
            (ErrorKind::Connection | ErrorKind::Server | ErrorKind::Protocol, Outcome::Unknown)
                if self.retry_unknown =>
            {
                error.retry_after().map_or_else(backoff, Next::Wait)
            }
            _ => Next::GiveUp,
        }
    }
}

fn backoff(attempt: u32) -> Duration {
    FIRST_BACKOFF.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(LONGEST_BACKOFF)
}

/// A random part of `most` ("full jitter"), so that many clients do not come back together.
pub(crate) fn jitter(most: Duration) -> Duration {
    // The system's, since a generator of our own would repeat itself in forked children.
    let mut random = [0xff; 4];
    let _ = SystemRandom::new().fill(&mut random);
    most.mul_f64(f64::from(u32::from_ne_bytes(random)) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(kind: ErrorKind, outcome: Outcome, retry_after: Option<u64>) -> FailedAttempt {
        let error = Error::new(kind, outcome, "x").with_retry_after(retry_after.map(Duration::from_secs));
        FailedAttempt { error, is_final: false }
    }

    const DEFAULT: Policy = Policy { max_attempts: 3, retry_unknown: false };
    const UNKNOWN_TOO: Policy = Policy { max_attempts: 3, retry_unknown: true };

    #[test]
    fn unknown_is_retried_only_if_the_caller_asked() {
        for kind in ErrorKind::ALL {
            let failed = failed(kind, Outcome::Unknown, None);
            if kind != ErrorKind::Unauthenticated && kind != ErrorKind::RateLimited {
                assert_eq!(DEFAULT.next(&failed, 1, true), Next::GiveUp, "{kind}");
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
        assert_eq!(DEFAULT.next(&refused, 3, true), Next::GiveUp);
        let is_final = FailedAttempt { is_final: true, ..refused };
        assert_eq!(DEFAULT.next(&is_final, 1, true), Next::GiveUp);

        let unauthenticated = failed(ErrorKind::Unauthenticated, Outcome::Rejected, None);
        assert_eq!(DEFAULT.next(&unauthenticated, 1, true), Next::FreshToken);
        assert_eq!(DEFAULT.next(&unauthenticated, 2, false), Next::GiveUp);

        let limited = |after| failed(ErrorKind::RateLimited, Outcome::Rejected, after);
        assert_eq!(DEFAULT.next(&limited(Some(7)), 1, true), Next::Wait(Duration::from_secs(7)));
        assert_eq!(DEFAULT.next(&limited(None), 1, true), Next::GiveUp);
    }

    #[test]
    fn jitter_stays_within_its_bound() {
        for _ in 0..1000 {
            assert!(jitter(LONGEST_BACKOFF) <= LONGEST_BACKOFF);
        }
        assert_eq!(backoff(u32::MAX), LONGEST_BACKOFF);
    }
}
