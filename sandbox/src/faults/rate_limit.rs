//! A limit of requests, as a token bucket.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// At most so many requests a second, after a burst of as many. A request that is refused costs nothing.
pub struct RateLimit {
    a_second: f64,
    bucket: Mutex<Bucket>,
}

struct Bucket {
    tokens: f64,
    filled_at: Instant,
}

impl RateLimit {
    /// With a full bucket.
    pub fn new(requests_a_second: u32, now: Instant) -> Self {
        let a_second = f64::from(requests_a_second);
        Self { a_second, bucket: Mutex::new(Bucket { tokens: a_second, filled_at: now }) }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// The time until there is one.
    pub fn take(&self, now: Instant) -> Result<(), Duration> {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = now.saturating_duration_since(bucket.filled_at);
        bucket.tokens = (bucket.tokens + elapsed.as_secs_f64() * self.a_second).min(self.a_second);
        bucket.filled_at = bucket.filled_at.max(now);
        if bucket.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.tokens) / self.a_second));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_so_many_a_second() {
        let start = Instant::now();
        let limit = RateLimit::new(50, start);
        let taken = |at: Duration| (0..1000).filter(|_| limit.take(start + at).is_ok()).count();
        assert_eq!(taken(Duration::ZERO), 50);
        assert_eq!(taken(Duration::from_millis(10)), 0);
        let wait = limit.take(start + Duration::from_millis(10)).unwrap_err();
        assert!(wait > Duration::from_millis(9) && wait <= Duration::from_millis(10), "{wait:?}");
        assert_eq!(taken(Duration::from_millis(110)), 5);
        // No more than a second's worth is saved.
        assert_eq!(taken(Duration::from_secs(60)), 50);
    }
}
