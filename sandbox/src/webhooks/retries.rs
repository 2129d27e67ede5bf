//! Retries, at 100ms's documented distances.

use std::time::Duration;

/// Each counts from the end of the attempt before.
const WAITS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(10)];

/// Tries again after a first attempt that failed, and says each time why.
pub async fn try_again<F>(mut why: String, post: impl Fn() -> F, say: impl Fn(&str))
where
    F: Future<Output = Result<(), String>>,
{
    for wait in WAITS {
        say(&format!("{why}; trying again in {} s", wait.as_secs()));
        tokio::time::sleep(wait).await;
        match post().await {
            Ok(()) => return,
            Err(error) => why = error,
        }
    }
    say(&format!("{why}; given up after {} attempts", 1 + WAITS.len()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use tokio::time::Instant;

    /// The seconds at which it tried, and what it said, if so many attempts fail.
    async fn failing(attempts: usize) -> (Vec<u64>, Vec<String>) {
        let (start, tried, said) = (Instant::now(), RefCell::new(Vec::new()), RefCell::new(Vec::new()));
        let post = || {
            tried.borrow_mut().push(start.elapsed().as_secs());
            let fails = tried.borrow().len() < attempts;
            async move { if fails { Err("no".to_owned()) } else { Ok(()) } }
        };
        try_again("no".to_owned(), post, |line| said.borrow_mut().push(line.to_owned())).await;
        (tried.into_inner(), said.into_inner())
    }

    #[tokio::test(start_paused = true)]
    async fn it_tries_again_after_1_3_and_10_seconds_and_then_gives_up() {
        let (tried, said) = failing(9).await;
        assert_eq!(tried, [1, 4, 14]);
        assert_eq!(
            said,
            [
                "no; trying again in 1 s",
                "no; trying again in 3 s",
                "no; trying again in 10 s",
                "no; given up after 4 attempts",
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn it_stops_at_the_first_success() {
        let (tried, said) = failing(2).await;
        assert_eq!(tried, [1, 4]);
        assert_eq!(said.len(), 2);
    }
}
