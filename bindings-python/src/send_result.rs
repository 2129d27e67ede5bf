//! The result of a send that succeeded.

use pyo3::prelude::*;
use pyo3::types::PyType;

/// The server accepted the message. That does not say who received it, nor how many.
#[pyclass(frozen, eq, hash, get_all, module = "roomcast")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct SendResult {
    /// The server's text, "message sent"; empty if it sent none.
    message: String,
    /// The number of attempts, 1 or more.
    attempts: u32,
}

#[pymethods]
impl SendResult {
    #[classattr]
    fn __match_args__() -> (&'static str, &'static str) {
        ("message", "attempts")
    }

    #[new]
    fn new(message: String, attempts: u32) -> Self {
        SendResult { message, attempts }
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let message = self.message.as_str().into_pyobject(py)?.repr()?;
        Ok(format!("SendResult(message={message}, attempts={})", self.attempts))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> (Bound<'py, PyType>, (&str, u32)) {
        (py.get_type::<SendResult>(), (&self.message, self.attempts))
    }
}

impl From<roomcast::SendResult> for SendResult {
    fn from(result: roomcast::SendResult) -> Self {
        SendResult { message: result.message, attempts: result.attempts }
    }
}
