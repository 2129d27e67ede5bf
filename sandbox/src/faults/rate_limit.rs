//! A limit of requests, as a token self.

use std::time::{Duration, Instant};

/// At most so many requests a second, after a burst of as many. A request that is refused costs nothing.
pub struct RateLimit {
    a_second: f64,
    tokens: f64,
    filled_at: Instant,
}

impl RateLimit {
    /// With a full self.
    pub fn new(requests_a_second: u32, now: Instant) -> Self {
        let a_second = f64::from(requests_a_second);
        Self { a_second, tokens: a_second, filled_at: now }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// The time until there is one.
    pub fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let elapsed = now.saturating_duration_since(self.filled_at);
        self.tokens = (self.tokens + elapsed.as_secs_f64() * self.a_second).min(self.a_second);
        self.filled_at = self.filled_at.max(now);
        if self.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - self.tokens) / self.a_second));
        }
        self.tokens -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_so_many_a_second() {
        let start = Instant::now();
        let mut limit = RateLimit::new(50, start);
        let taken = |limit: &mut RateLimit, at: Duration| {
            (0..1000).filter(|_| limit.take(start + at).is_ok()).count()
        };
        assert_eq!(taken(&mut limit, Duration::ZERO), 50);
        assert_eq!(taken(&mut limit, Duration::from_millis(10)), 0);
        let wait = limit.take(start + Duration::from_millis(10)).unwrap_err();
        assert!(wait > Duration::from_millis(9) && wait <= Duration::from_millis(10), "{wait:?}");
        assert_eq!(taken(&mut limit, Duration::from_millis(110)), 5);
        // No more than a second's worth is saved.
        assert_eq!(taken(&mut limit, Duration::from_secs(60)), 50);
    }
}
