//! A send that an event loop waits for.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use roomcast::{ErrorKind, Operation};

use crate::ending;
use crate::error;
use crate::interrupt;
use crate::outbox::{self, Outbox};

/// A send under way.
#[pyclass(frozen, module = "roomcast._roomcast")]
pub(crate) struct Pending(Option<roomcast::Pending>);

#[pymethods]
impl Pending {
    /// Gives the send up, at once. One that has ended stays as it is.
    fn cancel(&self) {
        if let Some(pending) = &self.0 {
            pending.cancel();
        }
    }
}

/// Starts a send, and makes a future of the running event loop for its result.
pub(crate) fn start<'py>(
    py: Python<'py>,
    client: &roomcast::Client,
    operation: Operation<'_>,
) -> PyResult<(Bound<'py, PyAny>, Pending)> {
    static RUNNING_LOOP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let event_loop = RUNNING_LOOP.import(py, "asyncio", "get_running_loop")?.call0()?;
    let future = event_loop.call_method0("create_future")?;
    if ending::has_ended() {
        // A late `atexit` handler: the core's threads enter the interpreter no more, so this thread does it itself.
        outbox::settle(&future, interrupt::execute(py, client, operation)?)?;
        return Ok((future, Pending(None)));
    }
    let outbox = Outbox::of(&event_loop)?;
    let waiter = future.clone().unbind();
    let on_done = move |result: Result<_, roomcast::Error>| {
        // Only whoever waited cancels, and waits no longer.
        if !result.as_ref().is_err_and(|error| error.kind() == ErrorKind::Cancelled) {
            outbox.put(waiter, result);
        }
    };
    let pending = client.start(operation, on_done).map_err(|error| error::raise(py, &error))?;
    Ok((future, Pending(Some(pending))))
}
