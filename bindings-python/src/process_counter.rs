//! A count of this process's threads that do something. Not a lock: a fork could leave a lock locked.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use roomcast_process_local::generation;

/// The upper 32 bits are a process's generation, the lower 32 the number of that process's threads that hold a [`Counted`]:
/// in a forked child the parent's threads do not count.
pub(crate) struct ProcessCounter(AtomicU64);

/// Counts until it is dropped.
pub(crate) struct Counted {
    counter: &'static ProcessCounter,
    /// Of the process that counts it.
    generation: u64,
}

impl ProcessCounter {
    pub(crate) const fn new() -> Self {
        ProcessCounter(AtomicU64::new(0))
    }

    pub(crate) fn count(&'static self) -> Counted {
        let generation = generation();
        let increment =
            |count| Some(if is_of(generation, count) { count + 1 } else { none_of(generation) + 1 });
        let _ = self.0.fetch_update(SeqCst, SeqCst, increment);
        Counted { counter: self, generation }
    }

    pub(crate) fn is_zero(&self) -> bool {
        let count = self.0.load(SeqCst);
        let generation = generation();
        !is_of(generation, count) || count == none_of(generation)
    }

    fn decrement(&self, generation: u64) {
        // A thread that forked while it was counted gets here in the child, too, where it may no longer count.
        let _ = self.0.fetch_update(SeqCst, SeqCst, |count| {
            (is_of(generation, count) && count != none_of(generation)).then(|| count - 1)
        });
    }

    /// As if a [`Counted`] of this process was dropped that [`Counted::keep`] kept.
    pub(crate) fn release_kept(&self) {
        self.decrement(generation());
    }
}

impl Counted {
    /// Counts until [`ProcessCounter::release_kept`].
    pub(crate) fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.counter.decrement(self.generation);
    }
}

fn is_of(generation: u64, count: u64) -> bool {
    count & !u64::from(u32::MAX) == none_of(generation)
}

/// The count zero, for the process of a generation.
fn none_of(generation: u64) -> u64 {
    generation << 32
}
