//! Converts the core's errors into plain values, of which `_results.py` makes exceptions.

use std::error::Error;
use std::io;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::argument::Converter;

/// The failure for an argument of Python's own that has a wrong type.
#[pyfunction]
pub(crate) fn wrong_argument<'py>(
    name: &str,
    value: &Bound<'py, PyAny>,
    wanted: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let argument = Converter::default().argument(value);
    to_failure(value.py(), &roomcast::Error::wrong_argument(name, &argument, wanted))
}

/// The same for an option of a client.
#[pyfunction]
pub(crate) fn wrong_option<'py>(
    name: &str,
    value: &Bound<'py, PyAny>,
    wanted: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let argument = Converter::default().argument(value);
    let error = roomcast::Error::wrong_argument(name, &argument, wanted).into_configuration();
    to_failure(value.py(), &error.advice("Omit it for its default."))
}

/// A failure: `("error", kind, text, fields, the system's error number, what Python raised)`.
pub(crate) fn to_failure<'py>(py: Python<'py>, error: &roomcast::Error) -> PyResult<Bound<'py, PyAny>> {
    to_failure_from(py, error, None)
}

/// The same, caused by what Python raised when an argument was converted, if it raised anything.
pub(crate) fn to_failure_from<'py>(
    py: Python<'py>,
    error: &roomcast::Error,
    cause: Option<PyErr>,
) -> PyResult<Bound<'py, PyAny>> {
    let fields = PyDict::new(py);
    fields.set_item("outcome", error.outcome().as_str())?;
    fields.set_item("status", error.status())?;
    fields.set_item("code", error.code())?;
    fields.set_item("server_message", error.server_message())?;
    fields.set_item("details", PyTuple::new(py, error.details())?)?;
    fields.set_item("retry_after", error.retry_after().map(|time| time.as_secs_f64()))?;
    fields.set_item("request_id", error.request_id())?;
    fields.set_item("attempts", error.attempts())?;
    let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    let error_number = source.and_then(io::Error::raw_os_error);
    let cause = cause.map(|cause| cause.into_value(py));
    let failure = ("error", error.kind().as_str(), error.to_string(), fields, error_number, cause);
    Ok(failure.into_pyobject(py)?.into_any())
}
