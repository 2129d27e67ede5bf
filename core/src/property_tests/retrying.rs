//! Properties of retries.

use std::time::{Duration, SystemTime};

use proptest::option;
use proptest::prelude::*;

use crate::api::error_for;
use crate::delivery::{FailedAttempt, Next, RetryPolicy};
use crate::error::{Error, ErrorKind, Outcome};
use crate::net::HttpResponse;

/// A failed attempt: with a response, or without.
fn failed() -> impl Strategy<Value = FailedAttempt> {
    let answered = (option::of("[0-9]{1,3}|[a-z]{1,4}"), 0u16..=999).prop_map(|(retry_after, status)| {
        let response = HttpResponse { status, retry_after, ..HttpResponse::default() };
        error_for(&response, &[], SystemTime::UNIX_EPOCH)
    });
    let kinds = [
        ErrorKind::Connection,
        ErrorKind::Timeout,
        ErrorKind::Cancelled,
        ErrorKind::Protocol,
        ErrorKind::Internal,
    ];
    let unanswered = (proptest::sample::select(kinds.to_vec()), any::<bool>()).prop_map(|(kind, sent)| {
        Error::new(kind, if sent { Outcome::Unknown } else { Outcome::NotSent }, "it failed")
    });
    (prop_oneof![answered, unanswered], proptest::bool::weighted(0.1))
        .prop_map(|(error, is_final)| FailedAttempt { error, is_final })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_retried_that_may_not_be(
        failed in failed(),
        attempt in 1u32..=101,
        max_attempts in 1u32..=100,
        retry_unknown in any::<bool>(),
        may_refresh in any::<bool>(),
    ) {
        let policy = RetryPolicy { max_attempts, retry_unknown };
        let next = policy.next(&failed, attempt, may_refresh);
        if next == Next::Fail {
            return Ok(());
        }
        let error = &failed.error;
        prop_assert!(attempt < max_attempts, "more attempts than allowed");
        prop_assert!(!failed.is_final);
        prop_assert!(retry_unknown || error.outcome() != Outcome::Unknown, "{error} may be seen twice");
        prop_assert!(
            error.outcome() != Outcome::Rejected
                || matches!(error.kind(), ErrorKind::Unauthenticated | ErrorKind::RateLimited),
            "{error} would end alike"
        );
        match next {
            Next::FreshToken => prop_assert!(may_refresh && error.status() == Some(401)),
            Next::Wait(wait) => {
                let asked = error.retry_after().expect("only if the server asked for a wait");
                prop_assert!(wait >= asked, "not sooner than the server asked");
                prop_assert!(wait >= Duration::from_millis(50), "a server is not flooded, whatever it asks for");
                prop_assert!(wait <= asked.max(Duration::from_secs(1)), "not much later than the server asked");
            }
            Next::Backoff(most) => prop_assert!(most > Duration::ZERO && most <= Duration::from_secs(2)),
            Next::Fail => {}
        }
        if error.kind() == ErrorKind::RateLimited {
            let asked = error.retry_after().is_some();
            prop_assert_eq!(matches!(next, Next::Wait(_)), asked, "after the wait that the server asks for");
        }
    }
}
