//! The certificate authorities that Python programs bring along.

use pyo3::exceptions::PyException;
use pyo3::prelude::*;

/// Those of certifi, as PEM; none if it is not installed, or broken.
///
/// # Errors
/// What is not merely an exception, such as `KeyboardInterrupt`.
pub(crate) fn contents(py: Python<'_>) -> PyResult<Option<String>> {
    match read(py) {
        Err(error) if error.is_instance_of::<PyException>(py) => Ok(None),
        contents => contents.map(Some),
    }
}

fn read(py: Python<'_>) -> PyResult<String> {
    py.import("certifi")?.call_method0("contents")?.extract()
}
