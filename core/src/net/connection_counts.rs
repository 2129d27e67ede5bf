//! How many connections are open, and how many of them are idle.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Shared by all connections of a client in one process.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConnectionCounts(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    open: AtomicUsize,
    idle: AtomicUsize,
}

/// One connection among them, until this is dropped.
#[derive(Debug)]
pub(super) struct CountedConnection {
    counts: ConnectionCounts,
    is_idle: bool,
}

impl ConnectionCounts {
    pub(super) fn open_one(&self) -> CountedConnection {
        self.0.open.fetch_add(1, Ordering::Relaxed);
        CountedConnection { counts: self.clone(), is_idle: false }
    }

    pub(crate) fn idle(&self) -> usize {
        self.0.idle.load(Ordering::Relaxed)
    }

    pub(crate) fn busy(&self) -> usize {
        self.0.open.load(Ordering::Relaxed).saturating_sub(self.idle())
    }
}

impl CountedConnection {
    pub(super) fn set_idle(&mut self, is_idle: bool) {
        let idle = &self.counts.0.idle;
        match (self.is_idle, is_idle) {
            (false, true) => idle.fetch_add(1, Ordering::Relaxed),
            (true, false) => idle.fetch_sub(1, Ordering::Relaxed),
            _ => return,
        };
        self.is_idle = is_idle;
    }
}

impl Drop for CountedConnection {
    fn drop(&mut self) {
        self.set_idle(false);
        self.counts.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_counted_once_whatever_becomes_of_it() {
        let counts = ConnectionCounts::default();
        let (mut one, two) = (counts.open_one(), counts.open_one());
        one.set_idle(true);
        one.set_idle(true);
        assert_eq!((counts.idle(), counts.busy()), (1, 1));
        one.set_idle(false);
        assert_eq!((counts.idle(), counts.busy()), (0, 2));
        one.set_idle(true);
        drop((one, two));
        assert_eq!((counts.idle(), counts.busy()), (0, 0));
    }
}
