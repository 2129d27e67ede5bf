//! The values of a process and of those that it was forked from.

use std::mem;
use std::sync::Arc;

use once_cell::race::OnceBox;

use crate::generation;

/// One value for each process that uses it: the one that made it, its forked child, that child's child, …
///
/// A list that only grows. Finding a process's own value, and making it, takes no lock that a fork could leave locked: a
/// thread prepares its value aside and adds it to the list by one atomic operation. If several threads do, one value is
/// kept, and the others are dropped.
#[derive(Debug)]
pub struct ProcessLocal<T> {
    first: OnceBox<Link<T>>,
}

#[derive(Debug)]
struct Link<T> {
    generation: u64,
    value: Arc<T>,
    next: OnceBox<Link<T>>,
}

impl<T> ProcessLocal<T> {
    /// No value yet, for any process.
    pub const fn new() -> Self {
        ProcessLocal { first: OnceBox::new() }
    }

    /// This process's value. The first call in a process makes it; calls at the same time may make some in vain.
    pub fn get_or_init(&self, make: impl Fn() -> T) -> &Arc<T> {
        let generation = generation();
        let mut place = &self.first;
        loop {
            let link = place
                .get_or_init(|| Box::new(Link { generation, value: Arc::new(make()), next: OnceBox::new() }));
            if link.generation == generation {
                return &link.value;
            }
            place = &link.next;
        }
    }
}

impl<T> Default for ProcessLocal<T> {
    fn default() -> Self {
        ProcessLocal::new()
    }
}

impl<T> Drop for Link<T> {
    fn drop(&mut self) {
        if self.generation != generation() {
            // A parent's: its locks may be held by threads that do not exist in this process. One more reference keeps it
            // from being dropped.
            mem::forget(self.value.clone());
        }
    }
}
