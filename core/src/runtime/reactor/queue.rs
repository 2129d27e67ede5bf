//! Tasks that wait for a place.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::task::Task;

/// The one that was started first comes first, also if it is to be retried.
#[derive(Default)]
pub(super) struct Queue {
    tasks: BTreeMap<u64, Box<Task>>,
    deadlines: BTreeSet<(Instant, u64)>,
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    pub(super) fn insert(&mut self, task: Box<Task>) {
        self.deadlines.extend(task.delivery.state.deadline().map(|deadline| (deadline, task.id)));
        self.tasks.insert(task.id, task);
    }

    pub(super) fn first(&self) -> Option<&Task> {
        self.tasks.values().next().map(|task| &**task)
    }

    pub(super) fn pop_first(&mut self) -> Option<Box<Task>> {
        let (_, task) = self.tasks.pop_first()?;
        self.forget_deadline(&task);
        Some(task)
    }

    pub(super) fn remove(&mut self, id: u64) -> Option<Box<Task>> {
        let task = self.tasks.remove(&id)?;
        self.forget_deadline(&task);
        Some(task)
    }

    fn forget_deadline(&mut self, task: &Task) {
        if let Some(deadline) = task.delivery.state.deadline() {
            self.deadlines.remove(&(deadline, task.id));
        }
    }

    /// The first deadline.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// Takes one whose deadline has passed.
    pub(super) fn pop_late(&mut self, now: Instant) -> Option<Box<Task>> {
        let (_, id) = *self.deadlines.first().filter(|(deadline, _)| *deadline <= now)?;
        self.remove(id)
    }

    /// Takes all of them.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = Box<Task>> + use<> {
        self.deadlines.clear();
        std::mem::take(&mut self.tasks).into_values()
    }
}
