//! Signals: Python's signal handlers run while an operation blocks, and an exception that one raises cancels the operation.

use std::cell::RefCell;

use pyo3::prelude::*;
use roomcast::{Operation, Response};

use crate::error;

thread_local! {
    /// What a signal handler raised during the operation that this thread executes.
    static RAISED: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

/// Whether to cancel the operation on this thread. The core calls it when a signal may have come. Python runs signal
/// handlers in its main thread, so on other threads this does nothing.
pub(crate) fn interrupted() -> bool {
    // None if the interpreter is shutting down: nothing waits for this thread then.
    Python::try_attach(|py| py.check_signals().map_err(raise_later)).is_some_and(|checked| checked.is_err())
        || is_raised()
}

/// Cancels the operation on this thread, whose caller then gets this exception.
pub(crate) fn raise_later(exception: PyErr) {
    RAISED.set(Some(exception));
}

fn is_raised() -> bool {
    RAISED.with_borrow(Option::is_some)
}

/// Executes an operation on this thread, with the interpreter released. The outer error is what a signal handler raised; the
/// operation's own error is then its context.
pub(crate) fn execute(
    py: Python<'_>,
    client: &roomcast::Client,
    operation: Operation<'_>,
) -> PyResult<Result<Response, roomcast::Error>> {
    let result = py.detach(|| client.execute(operation));
    let Some(raised) = RAISED.take() else {
        return Ok(result);
    };
    if let Err(error) = &result {
        let cancelled = error::to_exception(py, error);
        cancelled.set_context(py, raised.context(py));
        raised.set_context(py, Some(cancelled));
    }
    Err(raised)
}
