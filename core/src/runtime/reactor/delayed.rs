//! Tasks that wait for a time: between two attempts, or before the first one. They hold no place.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use super::task::Task;

#[derive(Default)]
pub(super) struct Delayed {
    by_due: BTreeMap<(Instant, u64), Box<Task>>,
    /// When each is due, by its id.
    due: HashMap<u64, Instant>,
}

impl Delayed {
    pub(super) fn is_empty(&self) -> bool {
        self.by_due.is_empty()
    }

    pub(super) fn insert(&mut self, due: Instant, task: Box<Task>) {
        self.due.insert(task.id, due);
        self.by_due.insert((due, task.id), task);
    }

    pub(super) fn remove(&mut self, id: u64) -> Option<Box<Task>> {
        let due = self.due.remove(&id)?;
        self.by_due.remove(&(due, id))
    }

    /// When the first one is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.by_due.keys().next().map(|(due, _)| *due)
    }

    /// Takes one that is due.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Box<Task>> {
        let first = self.by_due.first_entry().filter(|first| first.key().0 <= now)?;
        let task = first.remove();
        self.due.remove(&task.id);
        Some(task)
    }

    /// Takes all of them.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = Box<Task>> + use<> {
        self.due.clear();
        std::mem::take(&mut self.by_due).into_values()
    }
}
