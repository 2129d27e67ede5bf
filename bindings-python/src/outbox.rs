//! Results on their way to an event loop.
//!
//! The core's threads leave them here, and only the one that finds the outbox empty enters the interpreter, to wake the
//! loop: if each did, they would stand in line for it, and the loop's thread with them.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use roomcast::{Error, Response};

use crate::ending::Inside;
use crate::error;
use crate::response;

/// A future, and what to settle it with.
type Settled = (Py<PyAny>, Result<Response, Error>);

/// One event loop's. The loop calls it to settle the futures.
#[pyclass(frozen, module = "roomcast._roomcast")]
#[derive(Clone, Default)]
pub(crate) struct Outbox(Arc<Mutex<Vec<Settled>>>);

impl Outbox {
    pub(crate) fn of(event_loop: &Bound<'_, PyAny>) -> PyResult<Outbox> {
        static OUTBOXES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let py = event_loop.py();
        let outboxes = OUTBOXES.get_or_try_init(py, || {
            // A loop that nobody holds any more takes its outbox with it.
            py.import("weakref")?.getattr("WeakKeyDictionary")?.call0().map(Bound::unbind)
        })?;
        let found = outboxes.call_method1(py, "get", (event_loop,))?;
        if let Ok(outbox) = found.cast_bound::<Outbox>(py) {
            return Ok(outbox.get().clone());
        }
        let outbox = Outbox::default();
        outboxes.bind(py).set_item(event_loop, outbox.clone())?;
        Ok(outbox)
    }

    /// Called on a thread of the core's: has the future's loop settle it.
    pub(crate) fn put(&self, future: Py<PyAny>, result: Result<Response, Error>) {
        let mut results = self.results();
        results.push((future, result));
        let is_first = results.len() == 1;
        drop(results);
        if !is_first {
            return;
        }
        if let Some(_inside) = Inside::enter() {
            Python::try_attach(|py| {
                if self.wake(py).is_err() {
                    // The loop was closed, and with it whatever waited.
                    drop(self.take());
                }
            });
        }
    }

    fn wake(&self, py: Python<'_>) -> PyResult<()> {
        let first = self.results().first().map(|(future, _)| future.clone_ref(py));
        if let Some(future) = first {
            let event_loop = future.call_method0(py, "get_loop")?;
            event_loop.call_method1(py, "call_soon_threadsafe", (self.clone(),))?;
        }
        Ok(())
    }

    fn take(&self) -> Vec<Settled> {
        mem::take(&mut *self.results())
    }

    fn results(&self) -> MutexGuard<'_, Vec<Settled>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

#[pymethods]
impl Outbox {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        let settled = self.take().into_iter().map(|(future, result)| settle(future.bind(py), result));
        // An error, say from Ctrl-C, is the loop's to report. The other futures are settled all the same.
        settled.fold(Ok(()), PyResult::and)
    }
}

/// Ends a future, on its loop's thread.
pub(crate) fn settle(future: &Bound<'_, PyAny>, result: Result<Response, Error>) -> PyResult<()> {
    if future.call_method0("done")?.is_truthy()? {
        return Ok(()); // Whoever waited was cancelled meanwhile.
    }
    match result {
        Ok(response) => future.call_method1("set_result", (response::object(future.py(), response)?,))?,
        Err(error) => future.call_method1("set_exception", (error::raise(future.py(), &error),))?,
    };
    Ok(())
}
