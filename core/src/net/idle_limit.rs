//! How long a connection may have been idle to be used again: learnt from how long the server keeps idle ones.
//!
//! A request that meets a connection just as its server closes it has an unknown outcome, so a connection is not used in the last
//! fifth of the time for which the server keeps it. That time is taken from the server's `Keep-Alive` header, else from what is
//! seen: connections that were idle for too long to be used are kept a while, to see how long they live.

use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use ureq_proto::http::HeaderMap;

use super::keep_alive::MAX_AGE;

/// For how long a server is believed to keep idle connections until more is known of it. Common ones do so for five seconds.
pub(crate) const FIRST_GUESS: Duration = Duration::from_secs(5);

/// How long a connection that is no longer used is kept, to see when the server closes it. More does not matter: a connection is
/// [not used for longer](MAX_AGE) in any case.
pub(crate) const WATCHED: Duration = MAX_AGE;

/// How long what is seen counts less, after a request broke on a connection that had been idle: twice as long after each further
/// one, up to a day. Something on the way may forget connections without telling, so that they seem to be open.
const DISTRUST: Duration = Duration::from_secs(10 * 60);
const MAX_DISTRUST: Duration = Duration::from_secs(24 * 60 * 60);

/// Of the connections of one client in one process.
#[derive(Debug)]
pub(crate) struct IdleLimit {
    first_guess: Duration,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// What the server promises.
    promised: Option<Duration>,
    /// The longest time after which one was still open.
    open: Duration,
    /// The shortest time after which one was closed, unless another one was open for longer since.
    closed: Option<Duration>,
    broken: Option<Broken>,
}

/// A request broke on a connection.
#[derive(Debug, Clone, Copy)]
struct Broken {
    /// For how long it had been idle.
    after: Duration,
    distrust: Duration,
    until: Instant,
}

impl Default for IdleLimit {
    fn default() -> Self {
        IdleLimit::new(FIRST_GUESS)
    }
}

impl IdleLimit {
    pub(crate) fn new(first_guess: Duration) -> Self {
        IdleLimit { first_guess, seen: Mutex::default() }
    }

    /// A connection that was idle for longer is not used.
    pub(crate) fn get(&self, now: Instant) -> Duration {
        let seen = self.seen();
        let kept = seen.promised.unwrap_or(seen.open.max(self.first_guess));
        let distrusted = seen.broken.filter(|broken| now < broken.until);
        let most = distrusted.map(|broken| (broken.after / 2).max(self.first_guess));
        let kept = [seen.closed, most].into_iter().flatten().fold(kept, Duration::min);
        // Without the last fifth.
        kept / 5 * 4
    }

    /// The server promises to keep idle connections for so long.
    pub(super) fn promised(&self, time: Duration) {
        self.seen().promised = Some(time);
    }

    /// A connection is open after it was idle for so long.
    pub(crate) fn was_open(&self, idle: Duration) {
        let mut seen = self.seen();
        seen.open = seen.open.max(idle);
        // The other one was closed for another reason, such as a restart of the server.
        seen.closed = seen.closed.filter(|closed| idle < *closed);
    }

    /// The server closed a connection that was idle for so long.
    pub(crate) fn was_closed(&self, idle: Duration) {
        // Whoever closes a connection sooner does not do so because it is idle.
        if idle < self.first_guess / 10 {
            return;
        }
        let mut seen = self.seen();
        seen.open = seen.open.min(idle);
        seen.closed = Some(seen.closed.map_or(idle, |closed| closed.min(idle)));
    }

    /// A request broke, without a byte of a response, on a connection that was idle for so long before.
    pub(super) fn broke(&self, idle: Duration, now: Instant) {
        // It would have been used in any case.
        if idle <= self.first_guess / 5 * 4 {
            return;
        }
        let mut seen = self.seen();
        let before = seen.broken;
        let distrust = before.map_or(DISTRUST, |before| (before.distrust * 2).min(MAX_DISTRUST));
        let after = before.map_or(idle, |before| before.after.min(idle));
        seen.broken = Some(Broken { after, distrust, until: now + distrust });
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// From `Keep-Alive: timeout=5, max=100`, which common servers send.
pub(super) fn keep_alive(headers: &HeaderMap) -> Option<Duration> {
    let parameters = headers.get("keep-alive")?.to_str().ok()?;
    let timeout = parameters.split(',').find_map(|parameter| parameter.trim().strip_prefix("timeout="))?;
    timeout.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn limit_after(learn: impl FnOnce(&IdleLimit)) -> Duration {
        let limit = IdleLimit::default();
        learn(&limit);
        limit.get(Instant::now())
    }

    #[test]
    fn it_starts_below_five_seconds_and_grows_with_what_is_seen() {
        assert_eq!(limit_after(|_| {}), seconds(4));
        assert_eq!(limit_after(|limit| limit.was_open(seconds(3))), seconds(4));
        assert_eq!(limit_after(|limit| limit.was_open(seconds(60))), seconds(48));
    }

    #[test]
    fn a_server_that_closes_early_is_believed_until_another_connection_lives_longer() {
        assert_eq!(limit_after(|limit| limit.was_closed(seconds(1))), Duration::from_millis(800));
        assert_eq!(limit_after(|limit| limit.was_closed(Duration::from_millis(499))), seconds(4));
        let closed_then_open = |limit: &IdleLimit| {
            limit.was_open(seconds(60));
            limit.was_closed(seconds(10));
            assert_eq!(limit.get(Instant::now()), seconds(8));
            limit.was_open(seconds(5));
            assert_eq!(limit.get(Instant::now()), seconds(8));
            limit.was_open(seconds(15));
        };
        assert_eq!(limit_after(closed_then_open), seconds(12));
    }

    #[test]
    fn a_promise_counts_instead_but_not_against_what_is_seen() {
        assert_eq!(limit_after(|limit| limit.promised(seconds(100))), seconds(80));
        assert_eq!(limit_after(|limit| limit.promised(seconds(1))), Duration::from_millis(800));
        let broken_promise = |limit: &IdleLimit| {
            limit.promised(seconds(100));
            limit.was_closed(seconds(50));
        };
        assert_eq!(limit_after(broken_promise), seconds(40));
    }

    #[test]
    fn a_request_that_breaks_halves_it_whatever_seems_to_be_open_and_longer_each_time() {
        let limit = IdleLimit::default();
        limit.was_open(seconds(200));
        let mut now = Instant::now();
        for minutes in [10, 20, 40] {
            limit.broke(seconds(100), now);
            limit.was_open(seconds(250));
            assert_eq!(limit.get(now), seconds(40));
            now += seconds(minutes * 60) - seconds(1);
            assert_eq!(limit.get(now), seconds(40));
            now += seconds(1);
            assert_eq!(limit.get(now), seconds(200));
        }
    }

    #[test]
    fn a_request_that_breaks_on_a_connection_of_any_server_changes_nothing() {
        assert_eq!(limit_after(|limit| limit.broke(seconds(4), Instant::now())), seconds(4));
        assert_eq!(limit_after(|limit| limit.broke(seconds(6), Instant::now())), seconds(4));
    }
}
