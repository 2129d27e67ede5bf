//! Subinterpreters. From 3.12 on, Python itself refuses to load the module in an isolated one. Before, the process would hang or
//! crash at its exit: a subinterpreter ends after the main one stopped all other threads, and threads that belong to it
//! cannot attach to it then.

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;

/// Fails in a subinterpreter of a Python before 3.12.
pub(crate) fn refuse(py: Python<'_>) -> PyResult<()> {
    if py.version_info() >= (3, 12) || is_main() {
        return Ok(());
    }
    Err(PyImportError::new_err(
        "roomcast does not support subinterpreters of Python before 3.12: the process would hang at its exit. Import it in \
         the main interpreter (under mod_wsgi: WSGIApplicationGroup %{GLOBAL}), or use Python 3.12 or later.",
    ))
}

#[cfg(not(windows))]
fn is_main() -> bool {
    use pyo3::ffi::{PyInterpreterState_Get, PyInterpreterState_GetID};
    // SAFETY: both only read the state of the current interpreter; this thread is attached to it, since it runs `refuse`.
    let id = unsafe { PyInterpreterState_GetID(PyInterpreterState_Get()) };
    // The main interpreter is always the first one.
    id == 0
}

/// The stable ABI of Windows lacks these functions in Python 3.9.
#[cfg(windows)]
fn is_main() -> bool {
    true
}
