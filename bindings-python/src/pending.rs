//! An operation that an event loop awaits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use pyo3::prelude::*;
use roomcast::{CallContext, Error, ErrorKind, Operation, Outcome};

use crate::completion_queue::{Completion, CompletionQueue, Slot};
use crate::error;
use crate::interrupt;
use crate::response;

/// An operation in flight.
#[pyclass(frozen, module = "roomcast._roomcast")]
pub(crate) struct Pending {
    pending: roomcast::Pending,
    slot: Slot,
    /// The task that awaits the future cancels it.
    is_cancelled: Arc<AtomicBool>,
}

#[pymethods]
impl Pending {
    /// Cancels the operation immediately, unless it has completed. Returns how it ended.
    fn cancel<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.is_cancelled.store(true, SeqCst);
        self.pending.cancel();
        // Empty if it is completing at this moment, or if another process performs it.
        let result = self.slot.take().unwrap_or_else(|| {
            Err(Error::new(ErrorKind::Cancelled, Outcome::Unknown, "the caller cancelled the send"))
        });
        response::to_completed(py, result)
    }
}

/// Starts an operation for a future. Returns what cancels it, or a failure.
pub(crate) fn start<'py>(
    py: Python<'py>,
    client: &roomcast::Client,
    operation: Operation<'_>,
    future: Py<PyAny>,
    completions: Py<CompletionQueue>,
    context: CallContext,
) -> PyResult<Bound<'py, PyAny>> {
    let slot = Slot::default();
    let of_result = slot.clone();
    let completion = Completion::new(future, Some(slot.clone()), completions);
    let is_cancelled = Arc::new(AtomicBool::new(false));
    let by_task = is_cancelled.clone();
    let on_done = move |result: Result<_, Error>| {
        of_result.set(result);
        // A task that cancels the operation takes the result itself.
        if !by_task.load(SeqCst) {
            completion.push();
        }
    };
    let started = client.start_in(context, operation, on_done);
    if let Some(raised) = interrupt::take_raised() {
        // By a signal's handler, while this thread wrote a log line.
        let failure = match started {
            Ok(pending) => Pending { pending, slot, is_cancelled }.cancel(py)?,
            Err(error) => error::to_failure(py, &error)?,
        };
        return interrupt::raised_with(py, raised, Some(failure));
    }
    match started {
        Ok(pending) => Ok(Bound::new(py, Pending { pending, slot, is_cancelled })?.into_any()),
        Err(error) => error::to_failure(py, &error),
    }
}
