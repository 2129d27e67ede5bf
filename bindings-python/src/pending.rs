//! A send that an event loop waits for.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use roomcast::{Error, ErrorKind};

use crate::ending::{self, Inside};
use crate::error;
use crate::receipt::Receipt;

/// A send under way.
#[pyclass(frozen)]
pub(crate) struct Pending(roomcast::Pending);

#[pymethods]
impl Pending {
    /// Gives the send up, at once. One that has ended stays as it is.
    fn cancel(&self) {
        self.0.cancel();
    }
}

/// Starts a send and makes the future that `settle` will be called with.
pub(crate) fn start<'py>(
    py: Python<'py>,
    client: &roomcast::Client,
    settle: Py<PyAny>,
    request: &roomcast::Request,
) -> PyResult<(Bound<'py, PyAny>, Pending)> {
    if ending::has_ended() {
        return Err(PyRuntimeError::new_err(
            "the interpreter is ending, and would not be told how a send ended",
        ));
    }
    static RUNNING_LOOP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let event_loop = RUNNING_LOOP.import(py, "asyncio", "get_running_loop")?.call0()?;
    let future = event_loop.call_method0("create_future")?;
    let waiter = Waiter { event_loop: event_loop.unbind(), future: future.clone().unbind(), settle };
    let pending =
        client.start(request, |result| waiter.tell(result)).map_err(|error| error::raise(py, &error))?;
    Ok((future, Pending(pending)))
}

struct Waiter {
    event_loop: Py<PyAny>,
    future: Py<PyAny>,
    settle: Py<PyAny>,
}

impl Waiter {
    /// Called on a worker's thread, or by `cancel`.
    fn tell(self, result: Result<roomcast::Receipt, Error>) {
        // Only the one who waited cancels, and waits no longer.
        if result.as_ref().is_err_and(|error| error.kind() == ErrorKind::Cancelled) {
            return;
        }
        let Some(_inside) = Inside::enter() else {
            return;
        };
        Python::try_attach(move |py| {
            let (receipt, error) = match result {
                Ok(receipt) => (Some(Receipt::from(receipt)), None),
                Err(error) => (None, Some(error::raise(py, &error).into_value(py))),
            };
            let told = (self.settle, self.future, receipt, error);
            // It fails if the loop was closed, and with it whatever waited.
            let _ = self.event_loop.call_method1(py, "call_soon_threadsafe", told);
        });
    }
}
