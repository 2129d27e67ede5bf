//! An operation that an event loop awaits.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use roomcast::{ErrorKind, Operation};

use crate::completion_queue::{self, CompletionQueue};
use crate::error;
use crate::interrupt;
use crate::shutdown;

/// An operation in flight.
#[pyclass(frozen, module = "roomcast._roomcast")]
pub(crate) struct Pending(Option<roomcast::Pending>);

#[pymethods]
impl Pending {
    /// Cancels the operation immediately. Has no effect on one that has completed.
    fn cancel(&self) {
        if let Some(pending) = &self.0 {
            pending.cancel();
        }
    }
}

/// Starts an operation. Returns a future of the running event loop for its result, and what cancels it.
pub(crate) fn start<'py>(
    py: Python<'py>,
    client: &roomcast::Client,
    operation: Operation<'_>,
) -> PyResult<(Bound<'py, PyAny>, Pending)> {
    static RUNNING_LOOP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let event_loop = RUNNING_LOOP.import(py, "asyncio", "get_running_loop")?.call0()?;
    let future = event_loop.call_method0("create_future")?;
    if shutdown::is_shutting_down() {
        // A late `atexit` handler: the core's threads no longer enter the interpreter, so this thread blocks instead.
        completion_queue::complete(&future, interrupt::execute(py, client, operation)?)?;
        return Ok((future, Pending(None)));
    }
    let queue = CompletionQueue::of(&event_loop)?;
    let awaited = future.clone().unbind();
    let on_done = move |result: Result<_, roomcast::Error>| {
        // Only the task that awaits the future cancels the operation, and then it no longer awaits the future.
        if !result.as_ref().is_err_and(|error| error.kind() == ErrorKind::Cancelled) {
            queue.push(awaited, result);
        }
    };
    let pending = client.start(operation, on_done).map_err(|error| error::to_exception(py, &error))?;
    Ok((future, Pending(Some(pending))))
}
