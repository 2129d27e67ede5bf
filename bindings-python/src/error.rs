//! Converts the core's errors into Python's exceptions.

use std::error::Error;
use std::io;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyDict, PyTuple};

/// The exception for an error, of the class that `_errors.py` has for its kind.
pub(crate) fn to_exception(py: Python<'_>, error: &roomcast::Error) -> PyErr {
    new_exception(py, error).map_or_else(|failure| failure, PyErr::from_value)
}

/// The same, caused by what Python raised when an argument was converted, if it raised anything.
pub(crate) fn to_exception_from(py: Python<'_>, error: &roomcast::Error, cause: Option<PyErr>) -> PyErr {
    let exception = to_exception(py, error);
    if cause.is_some() {
        exception.set_cause(py, cause);
    }
    exception
}

/// The system's error, as Python would have raised it: a `ConnectionRefusedError`, a `FileNotFoundError`, …
fn os_error(py: Python<'_>, error: &roomcast::Error) -> PyResult<Option<PyErr>> {
    let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    let Some(number) = source.and_then(io::Error::raw_os_error) else {
        return Ok(None);
    };
    let text = py.import("os")?.call_method1("strerror", (number,))?.unbind();
    Ok(Some(match cfg!(windows) {
        true => PyOSError::new_err((0, text, py.None(), number)),
        false => PyOSError::new_err((number, text)),
    }))
}

fn new_exception<'py>(py: Python<'py>, error: &roomcast::Error) -> PyResult<Bound<'py, PyAny>> {
    static CLASSES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let classes = CLASSES.import(py, "roomcast._errors", "CLASS_BY_KIND")?;
    let class = classes.as_any().get_item(error.kind().as_str())?;
    let fields = [
        ("outcome", error.outcome().as_str().into_pyobject(py)?.into_any()),
        ("status", error.status().into_pyobject(py)?),
        ("code", error.code().into_pyobject(py)?),
        ("server_message", error.server_message().into_pyobject(py)?),
        ("details", PyTuple::new(py, error.details())?.into_any()),
        ("retry_after", error.retry_after().map(|time| time.as_secs_f64()).into_pyobject(py)?),
        ("attempts", error.attempts().into_pyobject(py)?.into_any()),
    ];
    let exception = class.call((error.to_string(),), Some(&fields.into_py_dict(py)?))?;
    if let Some(cause) = os_error(py, error)? {
        exception.setattr("__cause__", cause.into_value(py))?;
    }
    Ok(exception)
}
