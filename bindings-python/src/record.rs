//! Converts the core's records into keyword arguments for Python's classes.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use roomcast::Field;

/// The fields, by name; JSON as its text.
pub(crate) fn keywords<'py>(
    py: Python<'py>,
    fields: Vec<(&'static str, Field<'_>)>,
) -> PyResult<Bound<'py, PyDict>> {
    let keywords = PyDict::new(py);
    for (name, field) in fields {
        match field {
            Field::Text(text) => keywords.set_item(name, text),
            Field::Flag(truth) => keywords.set_item(name, truth),
            Field::Duration(time) => keywords.set_item(name, time.map(|time| time.as_secs_f64())),
            Field::Json(text) => keywords.set_item(name, text),
            Field::Texts(texts) => keywords.set_item(name, PyTuple::new(py, texts)?),
            // Truncated to microseconds, which is what a datetime has.
            Field::Time(time) => keywords.set_item(name, time.into_pyobject(py)?),
        }?;
    }
    Ok(keywords)
}
