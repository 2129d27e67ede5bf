//! Connections that are idle, or what stands for them.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::idle_limit::WATCHED;

/// Ordered by last use, the latest at the end. At most one is idle for longer than the limit: the one that is
/// [watched](IdleQueue::take_watched), to see how long the server keeps it.
#[derive(Debug)]
pub(crate) struct IdleQueue<T>(VecDeque<(Instant, T)>);

impl<T> Default for IdleQueue<T> {
    fn default() -> Self {
        IdleQueue(VecDeque::new())
    }
}

impl<T> IdleQueue<T> {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds one that becomes idle now.
    pub(crate) fn push(&mut self, now: Instant, item: T) {
        self.0.push_back((now, item));
    }

    /// Takes the one that was used last, with how long it was idle, unless that is too long.
    pub(crate) fn pop(&mut self, now: Instant, limit: Duration) -> Option<(Duration, T)> {
        self.has_usable(now, limit)
            .then(|| self.0.pop_back())
            .flatten()
            .map(|(since, item)| (now - since, item))
    }

    pub(crate) fn has_usable(&self, now: Instant, limit: Duration) -> bool {
        self.0.back().is_some_and(|(since, _)| now.duration_since(*since) <= limit)
    }

    /// Takes the one that is watched, with since when it is idle.
    pub(crate) fn take_watched(&mut self, now: Instant, limit: Duration) -> Option<(Instant, T)> {
        let is_watched = self.0.front().is_some_and(|(since, _)| now.duration_since(*since) > limit);
        if is_watched { self.0.pop_front() } else { None }
    }

    /// Gives back the one that is watched.
    pub(crate) fn watch(&mut self, since: Instant, item: T) {
        self.0.push_front((since, item));
    }

    /// Takes those that are idle for too long, but for the one that is watched.
    pub(crate) fn take_stale(&mut self, now: Instant, limit: Duration) -> Vec<T> {
        let mut stale = Vec::new();
        let is_older = |item: Option<&(Instant, T)>, limit| {
            item.is_some_and(|(since, _)| now.duration_since(*since) > limit)
        };
        while is_older(self.0.front(), WATCHED) {
            stale.extend(self.0.pop_front().map(|(_, item)| item));
        }
        while is_older(self.0.get(1), limit) {
            stale.extend(self.0.remove(1).map(|(_, item)| item));
        }
        stale
    }

    /// When one of them is stale, if none is used until then.
    pub(crate) fn due(&self, limit: Duration) -> Option<Instant> {
        let first = self.0.front().map(|(since, _)| *since + WATCHED);
        let second = self.0.get(1).map(|(since, _)| *since + limit);
        first.into_iter().chain(second).min()
    }

    /// Removes one, and returns since when it is idle.
    pub(crate) fn remove(&mut self, is_it: impl Fn(&T) -> bool) -> Option<Instant> {
        let index = self.0.iter().position(|(_, item)| is_it(item))?;
        self.0.remove(index).map(|(since, _)| since)
    }

    pub(crate) fn take_all(&mut self) -> impl Iterator<Item = T> + use<T> {
        std::mem::take(&mut self.0).into_iter().map(|(_, item)| item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(4);

    /// Those that became idle so many seconds ago.
    fn queue(now: Instant, ages: &[u64]) -> IdleQueue<u64> {
        let mut queue = IdleQueue::default();
        for age in ages {
            queue.push(now - Duration::from_secs(*age), *age);
        }
        queue
    }

    #[test]
    fn the_one_that_was_used_last_is_used_next_unless_it_was_idle_for_too_long() {
        let now = Instant::now() + WATCHED * 2;
        let mut queue = queue(now, &[9, 4, 1]);
        assert_eq!(queue.pop(now, LIMIT), Some((Duration::from_secs(1), 1)));
        assert_eq!(queue.pop(now, LIMIT), Some((LIMIT, 4)));
        assert!(!queue.has_usable(now, LIMIT));
        assert_eq!(queue.pop(now, LIMIT), None);
        assert_eq!(queue.take_watched(now, LIMIT).map(|(_, age)| age), Some(9));
    }

    #[test]
    fn of_those_that_are_idle_for_too_long_the_oldest_is_watched() {
        let now = Instant::now() + WATCHED * 2;
        for (ages, stale, left) in [
            (&[7, 6, 5, 1][..], &[6, 5][..], 2),
            (&[7], &[], 1),
            (&[301, 7, 6, 1], &[301, 6], 2),
            (&[302, 301], &[302, 301], 0),
            (&[3, 2], &[], 2),
        ] {
            let mut queue = queue(now, ages);
            assert_eq!((&*queue.take_stale(now, LIMIT), queue.len()), (stale, left), "{ages:?}");
            assert!(queue.due(LIMIT).is_none_or(|due| due > now), "{ages:?}");
        }
    }
}
