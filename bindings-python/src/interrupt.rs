//! Signals: Python's signal handlers run while an operation blocks, and an exception that one raises cancels the operation.

use std::cell::{Cell, RefCell};

use pyo3::prelude::*;
use roomcast::{CallContext, Operation};

use crate::response;
use crate::shutdown::ShutdownGuard;

thread_local! {
    /// What a signal handler raised during the operation that this thread executes.
    static RAISED: RefCell<Option<PyErr>> = const { RefCell::new(None) };
    /// Whether this thread was found not to be Python's main thread during this operation. A fork may make it that.
    static NOT_MAIN: Cell<bool> = const { Cell::new(false) };
}

/// Whether to cancel the operation on this thread. The core calls it when a signal may have come. Python runs signal
/// handlers in its main thread, so other threads do not enter the interpreter for this.
pub(crate) fn interrupted() -> bool {
    if !NOT_MAIN.get() {
        // None if the interpreter is shutting down: nothing waits for this thread then.
        Python::try_attach(|py| match py.check_signals() {
            Err(exception) => raise_later(exception),
            Ok(()) => find_out_whether_main(py),
        });
    }
    is_raised()
}

fn find_out_whether_main(py: Python<'_>) {
    let Some(_guard) = ShutdownGuard::acquire() else { return };
    // Not kept: a fork while another thread fills a cell would leave it locked in the child.
    let is_main = || py.import("roomcast._results")?.getattr("is_main_thread")?.call0()?.is_truthy();
    match is_main() {
        Ok(is_main) => NOT_MAIN.set(!is_main),
        Err(exception) => raise_later(exception),
    }
}

/// Cancels the operation on this thread, whose caller then gets this exception.
pub(crate) fn raise_later(exception: PyErr) {
    RAISED.set(Some(exception));
}

pub(crate) fn take_raised() -> Option<PyErr> {
    RAISED.take()
}

fn is_raised() -> bool {
    RAISED.with_borrow(Option::is_some)
}

/// Runs what the core may [interrupt](interrupted), on this thread, with the interpreter released.
pub(crate) fn blocking<T: Send>(py: Python<'_>, function: impl FnOnce() -> T + Send) -> T {
    NOT_MAIN.set(false);
    py.detach(function)
}

/// Raises what a signal handler raised while this thread was in the core, if one did.
pub(crate) fn raise() -> PyResult<()> {
    take_raised().map_or(Ok(()), Err)
}

/// Executes an operation on this thread, with the interpreter released.
pub(crate) fn execute<'py>(
    py: Python<'py>,
    client: &roomcast::Client,
    operation: Operation<'_>,
    context: CallContext,
) -> PyResult<Bound<'py, PyAny>> {
    let result = blocking(py, || client.execute_in(context, operation));
    if result.is_err() {
        // A signal that came after the last wait: its exception gets the operation's error as its context, too.
        let _ = py.check_signals().map_err(raise_later);
    }
    let Some(raised) = take_raised() else {
        return response::to_completed(py, result);
    };
    let failure = result.is_err().then(|| response::to_completed(py, result)).transpose()?;
    raised_with(py, raised, failure)
}

/// `("raised", exception, failure)`: what a signal handler raised, and the operation's own error, which is its context.
pub(crate) fn raised_with<'py>(
    py: Python<'py>,
    raised: PyErr,
    failure: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    Ok(("raised", raised.into_value(py), failure).into_pyobject(py)?.into_any())
}
