//! The core's errors as Python's exceptions.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyDict, PyTuple};

/// The exception that an error stands for; its classes are in `_errors.py`.
pub(crate) fn raise(py: Python<'_>, error: &roomcast::Error) -> PyErr {
    exception(py, error).map_or_else(|problem| problem, PyErr::from_value)
}

fn exception<'py>(py: Python<'py>, error: &roomcast::Error) -> PyResult<Bound<'py, PyAny>> {
    static BY_KIND: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let class =
        BY_KIND.import(py, "roomcast._errors", "BY_KIND")?.as_any().get_item(error.kind().as_str())?;
    let fields = [
        ("outcome", error.outcome().as_str().into_pyobject(py)?.into_any()),
        ("status", error.status().into_pyobject(py)?),
        ("code", error.code().into_pyobject(py)?),
        ("server_message", error.server_message().into_pyobject(py)?),
        ("details", PyTuple::new(py, error.details())?.into_any()),
        ("retry_after", error.retry_after().map(|time| time.as_secs_f64()).into_pyobject(py)?),
        ("attempts", error.attempts().into_pyobject(py)?.into_any()),
    ];
    class.call((error.to_string(),), Some(&fields.into_py_dict(py)?))
}
