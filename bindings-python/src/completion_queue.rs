//! The results of completed operations, on their way to an event loop.
//!
//! The core's threads push results here. Only the one that finds the queue empty enters the interpreter, to wake the event
//! loop: if each did, they would compete with the event loop's thread for the GIL.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard};

use pyo3::prelude::*;
use pyo3::types::PyList;
use roomcast::{Error, Response};

use crate::response;
use crate::shutdown::ShutdownGuard;

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

/// A future and its result.
type Completion = (Py<PyAny>, Slot);

/// The completion queue of one event loop. `_completions.py` has the subclass that completes the futures.
#[pyclass(frozen, subclass, module = "roomcast._roomcast")]
#[derive(Default)]
pub(crate) struct CompletionQueue(Mutex<Vec<Completion>>);

#[pymethods]
impl CompletionQueue {
    #[new]
    fn new() -> Self {
        CompletionQueue::default()
    }

    /// Moves the futures with their results to the end of a list, the first one last.
    fn take(&self, py: Python<'_>, ready: &Bound<'_, PyList>) -> PyResult<()> {
        for (future, slot) in mem::take(&mut *self.completions()).into_iter().rev() {
            // Else its task was cancelled.
            if let Some(result) = slot.take() {
                ready.append((future, response::to_completed(py, result)?))?;
            }
        }
        Ok(())
    }
}

impl CompletionQueue {
    fn completions(&self) -> MutexGuard<'_, Vec<Completion>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// Queues a result for the future's event loop. Called on the core's threads.
pub(crate) fn push(queue: &Py<CompletionQueue>, future: Py<PyAny>, slot: Slot) {
    let is_first = {
        let mut completions = queue.get().completions();
        completions.push((future, slot));
        completions.len() == 1
    };
    if !is_first {
        return;
    }
    // With the guard the interpreter does not exit, so this thread is not ended inside.
    if let Some(_guard) = ShutdownGuard::acquire() {
        Python::try_attach(|py| {
            if wake(py, queue).is_err() {
                // The event loop is closed, so nothing awaits these futures.
                let abandoned = mem::take(&mut *queue.get().completions());
                drop(abandoned);
            }
        });
    }
}

fn wake(py: Python<'_>, queue: &Py<CompletionQueue>) -> PyResult<()> {
    let first = queue.get().completions().first().map(|(future, _)| future.clone_ref(py));
    if let Some(future) = first {
        let event_loop = future.call_method0(py, "get_loop")?;
        event_loop.call_method1(py, "call_soon_threadsafe", (queue,))?;
    }
    Ok(())
}
