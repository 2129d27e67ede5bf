//! Retries, with the delays that 100ms documents.

use super::target::{Target, TargetResponse};
use axum::http::StatusCode;
use std::time::Duration;

/// Each starts at the end of the previous attempt.
const DELAYS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(10)];

/// The first attempt and the retries.
pub const MAX_ATTEMPTS: usize = 1 + DELAYS.len();

/// Makes up to so many attempts, until one gets status 200. Returns the last one's response, or why there was none, and
/// how many there were.
pub async fn post_with_retries(
    target: &Target,
    body: &str,
    max_attempts: usize,
) -> (Result<TargetResponse, String>, usize) {
    let mut result = target.attempt(body).await;
    let mut attempts = 1;
    for delay in DELAYS.into_iter().take(max_attempts.saturating_sub(1)) {
        if result.as_ref().is_ok_and(|response| response.status == StatusCode::OK) {
            break;
        }
        tokio::time::sleep(delay).await;
        result = target.attempt(body).await;
        attempts += 1;
    }
    (result, attempts)
}

/// Retries after a first attempt that failed with `error`, and logs the error of each failed attempt.
pub async fn retry<F>(mut error: String, post: impl Fn() -> F, log: impl Fn(&str))
where
    F: Future<Output = Result<(), String>>,
{
    for delay in DELAYS {
        log(&format!("{error}; retrying in {} s", delay.as_secs()));
        tokio::time::sleep(delay).await;
        match post().await {
            Ok(()) => return,
            Err(next) => error = next,
        }
    }
    log(&format!("{error}; not delivered after {} attempts", 1 + DELAYS.len()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use tokio::time::Instant;

    /// Returns the seconds at which it retried, and what it logged, if so many attempts fail.
    async fn failing(attempts: usize) -> (Vec<u64>, Vec<String>) {
        let (start, retried, logged) = (Instant::now(), RefCell::new(Vec::new()), RefCell::new(Vec::new()));
        let post = || {
            retried.borrow_mut().push(start.elapsed().as_secs());
            let fails = retried.borrow().len() < attempts;
            async move { if fails { Err("no".to_owned()) } else { Ok(()) } }
        };
        retry("no".to_owned(), post, |line| logged.borrow_mut().push(line.to_owned())).await;
        (retried.into_inner(), logged.into_inner())
    }

    #[tokio::test(start_paused = true)]
    async fn it_retries_after_1_3_and_10_seconds_and_then_stops() {
        let (retried, logged) = failing(9).await;
        assert_eq!(retried, [1, 4, 14]);
        assert_eq!(
            logged,
            [
                "no; retrying in 1 s",
                "no; retrying in 3 s",
                "no; retrying in 10 s",
                "no; not delivered after 4 attempts",
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn it_stops_at_the_first_success() {
        let (retried, logged) = failing(2).await;
        assert_eq!(retried, [1, 4]);
        assert_eq!(logged.len(), 2);
    }
}
