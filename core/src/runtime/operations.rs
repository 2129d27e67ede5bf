//! The operations of a client that have not completed: how many there are, and a wait until there are none.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

/// Of one process.
#[derive(Default)]
pub(crate) struct Operations {
    counts: [AtomicUsize; 3],
    is_aborted: AtomicBool,
    lock: Mutex<()>,
    ended: Condvar,
}

#[derive(Clone, Copy)]
pub(crate) enum OperationKind {
    /// Blocks its caller.
    Blocking,
    /// In the reactor's hands.
    Started,
    /// Of several recipients. Its parts are operations of their own.
    Multicast,
}

/// One operation, until this is dropped: after its callback has returned.
pub(crate) struct OperationGuard {
    operations: Arc<Operations>,
    kind: OperationKind,
}

impl Operations {
    pub(crate) fn begin(self: &Arc<Self>, kind: OperationKind) -> OperationGuard {
        self.counts[kind as usize].fetch_add(1, Ordering::SeqCst);
        OperationGuard { operations: self.clone(), kind }
    }

    pub(crate) fn count(&self, kind: OperationKind) -> usize {
        self.counts[kind as usize].load(Ordering::SeqCst)
    }

    /// From now on, nothing begins any more, not even a part of an operation that has begun.
    pub(crate) fn abort(&self) {
        self.is_aborted.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_aborted(&self) -> bool {
        self.is_aborted.load(Ordering::SeqCst)
    }

    fn is_empty(&self) -> bool {
        self.counts.iter().all(|count| count.load(Ordering::SeqCst) == 0)
    }

    /// Waits until there are none. False if there still are at `until`.
    pub(crate) fn wait(&self, until: Instant) -> bool {
        let mut guard = self.lock.lock().unwrap_or_else(|e| e.into_inner());
        while !self.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            guard = self.ended.wait_timeout(guard, left).unwrap_or_else(|e| e.into_inner()).0;
        }
        true
    }
}

impl Drop for OperationGuard {
    fn drop(&mut self) {
        let operations = &self.operations;
        if operations.counts[self.kind as usize].fetch_sub(1, Ordering::SeqCst) == 1 {
            // Who waits holds the lock from its look at the counts until it sleeps.
            drop(operations.lock.lock());
            operations.ended.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_wait_ends_with_the_last_of_every_kind() {
        let operations = Arc::<Operations>::default();
        let hang = Instant::now() + Duration::from_secs(60);
        assert!(operations.wait(hang));
        let guards = [OperationKind::Blocking, OperationKind::Started, OperationKind::Multicast]
            .map(|kind| operations.begin(kind));
        assert!(!operations.wait(Instant::now() + Duration::from_millis(1)));
        let waiting = std::thread::spawn({
            let operations = operations.clone();
            move || operations.wait(hang)
        });
        for guard in guards {
            assert!(!waiting.is_finished());
            drop(guard);
        }
        assert!(waiting.join().unwrap());
    }
}
