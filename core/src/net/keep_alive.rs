//! How old connections may become.

use std::time::{Duration, Instant};

use ring::rand::{SecureRandom, SystemRandom};

/// How old a connection may be that is used all the time. A new one looks the server's name up again, so a change of its
/// addresses (a server that was replaced, a load balancer that grew) is noticed by then. The names of load balancers are
/// valid for about a minute, and an operator who moves one waits a few; a handshake in five minutes costs nothing.
pub(crate) const MAX_AGE: Duration = Duration::from_secs(5 * 60);

/// When a connection that is opened now is no longer kept: after `max_age`, or up to a fifth earlier, by chance. So the
/// connections of a burst, and of clients that were started together, are not all replaced at the same moment.
pub(super) fn expiry(max_age: Duration) -> Instant {
    // From the system: the state of a generator would be copied to forked children.
    let mut random = [0; 4];
    let _ = SystemRandom::new().fill(&mut random);
    Instant::now() + lifetime(max_age, u32::from_ne_bytes(random))
}

fn lifetime(max_age: Duration, random: u32) -> Duration {
    max_age - (max_age / 5).mul_f64(f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_lives_for_four_to_five_minutes() {
        assert_eq!(lifetime(MAX_AGE, 0), Duration::from_secs(300));
        assert_eq!(lifetime(MAX_AGE, u32::MAX / 2).as_secs(), 270);
        assert_eq!(lifetime(MAX_AGE, u32::MAX), Duration::from_secs(240));
    }
}
