//! The results of completed operations, on their way to an event loop.
//!
//! The core's threads push results here. Only the one that finds the queue empty enters the interpreter, to wake the event
//! loop: if each did, they would compete with the event loop's thread for the GIL.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard};

use pyo3::prelude::*;
use pyo3::types::PyList;
use roomcast::{Error, Response};

use crate::attach::{DropAttached, attach};
use crate::response;

/// The result of one operation, until the event loop or the cancelled task takes it.
#[derive(Clone, Default)]
pub(crate) struct Slot(Arc<Mutex<Option<Result<Response, Error>>>>);

impl Slot {
    pub(crate) fn set(&self, result: Result<Response, Error>) {
        *self.lock() = Some(result);
    }

    pub(crate) fn take(&self) -> Option<Result<Response, Error>> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Result<Response, Error>>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// A future with its result, or without one if it only wakes who awaits it. The third is what completes it, which its own queue
/// holds until then.
type Completed = (Py<PyAny>, Option<Slot>, Py<CompletionQueue>);
type Queue = Arc<Mutex<Vec<Completed>>>;

/// The completion queue of one event loop. `_completions.py` has the subclass that completes the futures.
#[pyclass(frozen, subclass, module = "roomcast._roomcast")]
#[derive(Default)]
pub(crate) struct CompletionQueue(Queue);

#[pymethods]
impl CompletionQueue {
    #[new]
    fn new() -> Self {
        CompletionQueue::default()
    }

    /// Moves the futures with their results to the end of a list, the first one last.
    fn take(&self, py: Python<'_>, ready: &Bound<'_, PyList>) -> PyResult<()> {
        let completed = mem::take(&mut *lock(&self.0));
        for (future, slot, _) in completed.into_iter().rev() {
            match slot.map(|slot| slot.take()) {
                None => ready.append((future, py.None()))?,
                Some(Some(result)) => ready.append((future, response::to_completed(py, result)?))?,
                // Its task was cancelled.
                Some(None) => {}
            }
        }
        Ok(())
    }
}

/// How one future gets its result.
pub(crate) struct Completion {
    queue: Queue,
    completed: DropAttached<Completed>,
}

impl Completion {
    pub(crate) fn new(future: Py<PyAny>, slot: Option<Slot>, queue: Py<CompletionQueue>) -> Self {
        Completion { queue: queue.get().0.clone(), completed: DropAttached::new((future, slot, queue)) }
    }

    /// Queues the result for the future's event loop. Called on the core's threads.
    pub(crate) fn push(self) {
        let is_first = {
            let mut queue = lock(&self.queue);
            queue.extend(self.completed.into_inner());
            queue.len() == 1
        };
        if !is_first {
            return;
        }
        attach(|py| {
            if wake(py, &self.queue).is_err() {
                // The event loop is closed, so nothing awaits these futures.
                let abandoned = mem::take(&mut *lock(&self.queue));
                drop(abandoned);
            }
        });
    }
}

fn wake(py: Python<'_>, queue: &Queue) -> PyResult<()> {
    let first = lock(queue).first().map(|(future, _, queue)| (future.clone_ref(py), queue.clone_ref(py)));
    if let Some((future, queue)) = first {
        let event_loop = future.call_method0(py, "get_loop")?;
        event_loop.call_method1(py, "call_soon_threadsafe", (queue,))?;
    }
    Ok(())
}

fn lock(queue: &Queue) -> MutexGuard<'_, Vec<Completed>> {
    queue.lock().unwrap_or_else(|e| e.into_inner())
}
