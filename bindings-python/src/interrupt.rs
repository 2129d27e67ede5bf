//! Ctrl-C and its like: Python's signal handlers run while a send waits, and what they raise ends it.

use std::cell::RefCell;

use pyo3::prelude::*;
use roomcast::{Operation, Response};

use crate::error;

thread_local! {
    /// What a signal handler raised in the send that this thread is busy with.
    static RAISED: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

/// Asked by the core when a signal may have come. Handlers run in Python's main thread, so elsewhere this does nothing.
pub(crate) fn interrupted() -> bool {
    // None if the interpreter is ending: nobody waits for this thread any more.
    Python::try_attach(|py| py.check_signals().map_err(keep)).is_some_and(|handled| handled.is_err())
        || is_kept()
}

/// Keeps an exception until the send has ended.
pub(crate) fn keep(raised: PyErr) {
    RAISED.set(Some(raised));
}

fn is_kept() -> bool {
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
        let ended = error::raise(py, error);
        ended.set_context(py, raised.context(py));
        raised.set_context(py, Some(ended));
    }
    Err(raised)
}
