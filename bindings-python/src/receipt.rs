//! What a caller is told when a message was taken.

use pyo3::prelude::*;
use pyo3::types::PyType;

/// The server took the message. That is its word: it does not tell who read it, nor how many received it.
#[pyclass(frozen, eq, hash, get_all, module = "roomcast")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Receipt {
    /// The server's own words, "message sent"; empty if it had none.
    message: String,
    /// Attempts that it took, 1 or more.
    attempts: u32,
}

#[pymethods]
impl Receipt {
    #[classattr]
    fn __match_args__() -> (&'static str, &'static str) {
        ("message", "attempts")
    }

    #[new]
    fn new(message: String, attempts: u32) -> Self {
        Receipt { message, attempts }
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let message = self.message.as_str().into_pyobject(py)?.repr()?;
        Ok(format!("Receipt(message={message}, attempts={})", self.attempts))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> (Bound<'py, PyType>, (&str, u32)) {
        (py.get_type::<Receipt>(), (&self.message, self.attempts))
    }
}

impl From<roomcast::Receipt> for Receipt {
    fn from(receipt: roomcast::Receipt) -> Self {
        Receipt { message: receipt.message, attempts: receipt.attempts }
    }
}
