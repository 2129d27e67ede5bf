//! The results of completed operations, on their way to an event loop.
//!
//! The core's threads push results here. Only the one that finds the queue empty enters the interpreter, to wake the event
//! loop: if each did, they would compete with the event loop's thread for the GIL.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use roomcast::{Error, Response};

use crate::error;
use crate::response;
use crate::shutdown::ShutdownGuard;

/// A future and its result.
type Completion = (Py<PyAny>, Result<Response, Error>);

/// The completion queue of one event loop, which calls it to complete the futures.
#[pyclass(frozen, module = "roomcast._roomcast")]
#[derive(Clone, Default)]
pub(crate) struct CompletionQueue(Arc<Mutex<Vec<Completion>>>);

impl CompletionQueue {
    pub(crate) fn of(event_loop: &Bound<'_, PyAny>) -> PyResult<CompletionQueue> {
        static QUEUES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let py = event_loop.py();
        let queues = QUEUES.get_or_try_init(py, || {
            // Weak keys: a queue is dropped together with its event loop.
            py.import("weakref")?.getattr("WeakKeyDictionary")?.call0().map(Bound::unbind)
        })?;
        let found = queues.call_method1(py, "get", (event_loop,))?;
        if let Ok(queue) = found.cast_bound::<CompletionQueue>(py) {
            return Ok(queue.get().clone());
        }
        let queue = CompletionQueue::default();
        queues.bind(py).set_item(event_loop, queue.clone())?;
        Ok(queue)
    }

    /// Queues a result for the future's event loop. Called on the core's threads.
    pub(crate) fn push(&self, future: Py<PyAny>, result: Result<Response, Error>) {
        let mut completions = self.completions();
        completions.push((future, result));
        let is_first = completions.len() == 1;
        drop(completions);
        if !is_first {
            return;
        }
        if let Some(_guard) = ShutdownGuard::acquire() {
            Python::try_attach(|py| {
                if self.wake(py).is_err() {
                    // The event loop is closed, so nothing awaits these futures.
                    drop(self.take());
                }
            });
        }
    }

    fn wake(&self, py: Python<'_>) -> PyResult<()> {
        let first = self.completions().first().map(|(future, _)| future.clone_ref(py));
        if let Some(future) = first {
            let event_loop = future.call_method0(py, "get_loop")?;
            event_loop.call_method1(py, "call_soon_threadsafe", (self.clone(),))?;
        }
        Ok(())
    }

    fn take(&self) -> Vec<Completion> {
        mem::take(&mut *self.completions())
    }

    fn completions(&self) -> MutexGuard<'_, Vec<Completion>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

#[pymethods]
impl CompletionQueue {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        let completed = self.take().into_iter().map(|(future, result)| complete(future.bind(py), result));
        // The event loop handles an error, such as a KeyboardInterrupt. The other futures are completed all the same.
        completed.fold(Ok(()), PyResult::and)
    }
}

/// Completes a future, on its event loop's thread.
pub(crate) fn complete(future: &Bound<'_, PyAny>, result: Result<Response, Error>) -> PyResult<()> {
    if future.call_method0("done")?.is_truthy()? {
        return Ok(()); // It was cancelled meanwhile.
    }
    match result {
        Ok(response) => future.call_method1("set_result", (response::to_object(future.py(), response)?,))?,
        Err(error) => future.call_method1("set_exception", (error::to_exception(future.py(), &error),))?,
    };
    Ok(())
}
