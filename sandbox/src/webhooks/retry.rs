//! Retries, with the delays that 100ms documents.

use super::attempt::Attempt;
use super::target::{Target, TargetResponse};
use axum::http::StatusCode;
use std::time::Duration;

/// Each starts at the end of the previous attempt.
const DELAYS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(10)];

/// The first attempt and the retries.
pub const MAX_ATTEMPTS: usize = 1 + DELAYS.len();

/// Makes up to so many attempts, until one gets status 200. Returns the last one's response, or why there was none, and
/// how many there were. Reports each attempt.
pub async fn post_with_retries(
    target: &Target,
    body: &str,
    max_attempts: usize,
    report: impl Fn(Attempt),
) -> (Result<TargetResponse, String>, usize) {
    let mut number = 1;
    loop {
        let result = target.attempt(body).await;
        let error = match &result {
            Ok(response) if response.status == StatusCode::OK => None,
            Ok(response) => Some(response.refusal()),
            Err(error) => Some(error.clone()),
        };
        let again = error.is_some() && number < max_attempts;
        let retry_in = DELAYS.get(number - 1).copied().filter(|_| again);
        report(Attempt { number, error, retry_in });
        let Some(delay) = retry_in else {
            return (result, number);
        };
        tokio::time::sleep(delay).await;
        number += 1;
    }
}

/// Reports the first attempt, which failed with `error`, then retries, and reports each attempt.
pub async fn retry<F>(error: String, post: impl Fn() -> F, report: impl Fn(Attempt))
where
    F: Future<Output = Result<(), String>>,
{
    let mut error = Some(error);
    for (number, delay) in (1..).zip(DELAYS) {
        report(Attempt { number, error: error.take(), retry_in: Some(delay) });
        tokio::time::sleep(delay).await;
        match post().await {
            Ok(()) => return report(Attempt { number: number + 1, error: None, retry_in: None }),
            Err(next) => error = Some(next),
        }
    }
    report(Attempt { number: 1 + DELAYS.len(), error, retry_in: None });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use tokio::time::Instant;

    /// Returns the seconds at which it retried, and what it reported, if so many attempts fail.
    async fn failing(attempts: usize) -> (Vec<u64>, Vec<String>) {
        let (start, retried, logged) = (Instant::now(), RefCell::new(Vec::new()), RefCell::new(Vec::new()));
        let post = || {
            retried.borrow_mut().push(start.elapsed().as_secs());
            let fails = retried.borrow().len() < attempts;
            async move { if fails { Err("no".to_owned()) } else { Ok(()) } }
        };
        retry("no".to_owned(), post, |attempt| {
            logged.borrow_mut().push(format!("{}: {attempt}", attempt.number));
        })
        .await;
        (retried.into_inner(), logged.into_inner())
    }

    #[tokio::test(start_paused = true)]
    async fn it_retries_after_1_3_and_10_seconds_and_then_stops() {
        let (retried, logged) = failing(9).await;
        assert_eq!(retried, [1, 4, 14]);
        assert_eq!(
            logged,
            [
                "1: no; retrying in 1 s",
                "2: no; retrying in 3 s",
                "3: no; retrying in 10 s",
                "4: no; not delivered after 4 attempts",
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn it_stops_at_the_first_success() {
        let (retried, logged) = failing(2).await;
        assert_eq!(retried, [1, 4]);
        assert_eq!(logged, ["1: no; retrying in 1 s", "2: no; retrying in 3 s", "3: "]);
    }
}
