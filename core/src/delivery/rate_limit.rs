//! What a server's limit of requests means for a whole client: after HTTP 429 all of its operations pause, once, instead of
//! each finding out by itself; then they follow each other at the rate that the server was seen to accept.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// The longest pause, whatever a server asks for: after it one operation finds out again.
const MAX_PAUSE: Duration = Duration::from_secs(60);
/// Over which the server's rate is observed.
const WINDOW: Duration = Duration::from_secs(1);
/// How much slower the client becomes by each further 429, …
const SLOWER: f64 = 1.25;
/// … and how much quicker by each second without one.
const QUICKER: f64 = 0.9;
/// Who sends fewer in a window than this learns nothing of the server's rate.
const FEW: u32 = 10;
/// Above this rate, in a second, it is no longer limited.
const UNLIMITED: f64 = 2000.0;

/// The limit of the requests to one server, as far as its responses show it.
#[derive(Debug)]
pub(crate) struct RateLimit {
    /// Usually there is none.
    is_limited: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// No attempt begins before.
    paused_until: Option<Instant>,
    pace: Option<Pace>,
    /// Attempts that began before saw the limit that is known already.
    limited_at: Option<Instant>,
    window: Window,
}

/// How attempts follow each other.
#[derive(Debug)]
struct Pace {
    interval: Duration,
    next: Instant,
    /// When it last became slower or quicker.
    changed: Instant,
}

/// How many operations the server accepted in this window, and in the one before.
#[derive(Debug)]
struct Window {
    start: Instant,
    accepted: u32,
    before: u32,
}

impl RateLimit {
    pub(crate) fn new() -> Self {
        let window = Window { start: Instant::now(), accepted: 0, before: 0 };
        let state = State { paused_until: None, pace: None, limited_at: None, window };
        RateLimit { is_limited: AtomicBool::new(false), state: Mutex::new(state) }
    }

    /// Lets an attempt begin, or returns when to ask again.
    pub(crate) fn admit(&self, now: Instant) -> Result<(), Instant> {
        if !self.is_limited.load(Relaxed) {
            return Ok(());
        }
        let mut state = self.state();
        state.admit(now)?;
        self.is_limited.store(state.pace.is_some(), Relaxed);
        Ok(())
    }

    /// Whether an attempt may begin; it is not counted as begun.
    pub(crate) fn is_open(&self, now: Instant) -> bool {
        if !self.is_limited.load(Relaxed) {
            return true;
        }
        let state = self.state();
        state.paused_until.is_none_or(|until| until <= now)
            && state.pace.as_ref().is_none_or(|pace| pace.next <= now)
    }

    /// Whether there may be a limit: otherwise nobody needs to look at the clock.
    pub(crate) fn is_limited(&self) -> bool {
        self.is_limited.load(Relaxed)
    }

    /// Until when all attempts pause.
    pub(crate) fn paused_until(&self, now: Instant) -> Option<Instant> {
        self.is_limited.load(Relaxed).then(|| self.state())?.paused_until.filter(|until| *until > now)
    }

    /// The server accepted an operation.
    pub(crate) fn accepted(&self, now: Instant) {
        let window = &mut self.state().window;
        window.advance(now);
        window.accepted += 1;
    }

    /// The server answered 429 to an attempt that began at `began`, and is asked again after `wait`.
    pub(crate) fn limited(&self, began: Instant, now: Instant, wait: Duration) {
        self.state().limited(began, now, wait);
        self.is_limited.store(true, Relaxed);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl State {
    fn admit(&mut self, now: Instant) -> Result<(), Instant> {
        match self.paused_until {
            Some(until) if now < until => return Err(until),
            _ => self.paused_until = None,
        }
        let Some(pace) = &mut self.pace else { return Ok(()) };
        if now < pace.next {
            return Err(pace.next);
        }
        // What was not used in time is not made up for: the server may count in any window.
        pace.next = now + pace.interval;
        if now.duration_since(pace.changed) >= WINDOW {
            pace.changed = now;
            pace.interval = pace.interval.mul_f64(QUICKER);
            if pace.interval.as_secs_f64() * UNLIMITED < 1.0 {
                self.pace = None;
            }
        }
        Ok(())
    }

    fn limited(&mut self, began: Instant, now: Instant, wait: Duration) {
        let until = now + wait.min(MAX_PAUSE);
        self.paused_until = Some(self.paused_until.map_or(until, |earlier| earlier.max(until)));
        if self.limited_at.is_some_and(|known| began <= known) {
            return;
        }
        self.limited_at = Some(now);
        let interval = match &self.pace {
            Some(pace) => pace.interval.mul_f64(SLOWER),
            // The server accepted so many until it refused, and accepts more after its wait.
            None => {
                self.window.advance(now);
                WINDOW.max(wait.min(MAX_PAUSE)) / self.window.accepted.max(self.window.before).max(FEW)
            }
        };
        self.pace = Some(Pace { interval, next: until, changed: until });
    }
}

impl Window {
    fn advance(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.start);
        if elapsed >= WINDOW {
            self.before = if elapsed < 2 * WINDOW { self.accepted } else { 0 };
            self.accepted = 0;
            self.start = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn after_fifty(wait: Duration) -> (RateLimit, Instant) {
        let limit = RateLimit::new();
        let start = Instant::now();
        for n in 0..50 {
            assert_eq!(limit.admit(start + n * MS), Ok(()));
            limit.accepted(start + n * MS);
        }
        let now = start + 50 * MS;
        limit.limited(start + 49 * MS, now, wait);
        (limit, now)
    }

    #[test]
    fn without_a_429_nothing_waits() {
        let limit = RateLimit::new();
        let now = Instant::now();
        assert!((0..10_000).all(|_| limit.admit(now).is_ok() && limit.is_open(now)));
    }

    #[test]
    fn one_429_pauses_all_and_then_they_follow_at_the_rate_that_was_accepted() {
        let (limit, now) = after_fifty(Duration::from_secs(1));
        let end = now + Duration::from_secs(1);
        assert_eq!(limit.admit(now), Err(end));
        assert_eq!(limit.paused_until(now), Some(end));
        assert!(!limit.is_open(end - MS) && limit.is_open(end));
        // 50 in a second, one after another.
        assert_eq!(limit.admit(end), Ok(()));
        assert_eq!(limit.admit(end), Err(end + 20 * MS));
        assert_eq!(limit.admit(end + 20 * MS), Ok(()));
    }

    #[test]
    fn refusals_of_what_was_under_way_slow_down_once() {
        let (limit, now) = after_fifty(Duration::from_secs(1));
        for n in 0..14 {
            limit.limited(now - 5 * MS, now + n * MS, Duration::from_secs(1));
        }
        let end = now + 13 * MS + Duration::from_secs(1);
        assert_eq!(limit.admit(end), Ok(()));
        assert_eq!(limit.admit(end), Err(end + 20 * MS));
        // One that began after the pause shows that it is still too quick.
        limit.limited(end, end + MS, 10 * MS);
        assert_eq!(limit.admit(end + 11 * MS), Ok(()));
        assert_eq!(limit.admit(end + 11 * MS), Err(end + 36 * MS));
    }

    #[test]
    fn without_a_429_it_becomes_quicker_until_there_is_no_limit() {
        let (limit, now) = after_fifty(Duration::from_secs(1));
        let mut at = now;
        let mut begun = 0;
        while at < now + Duration::from_secs(60) {
            match limit.admit(at) {
                Ok(()) => begun += 1,
                Err(next) => at = next,
            }
            if begun > 100_000 {
                break;
            }
        }
        assert!(begun > 100_000, "{begun}");
        assert!(at > now + Duration::from_secs(20) && at < now + Duration::from_secs(60));
    }

    #[test]
    fn no_pause_is_longer_than_a_minute() {
        let (limit, now) = after_fifty(Duration::from_secs(7200));
        assert_eq!(limit.admit(now), Err(now + MAX_PAUSE));
    }
}
