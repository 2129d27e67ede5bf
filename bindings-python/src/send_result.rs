//! The result of a send that succeeded.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

/// The server accepted the message. That does not say who received it, nor how many.
#[pyclass(frozen, eq, hash, get_all, module = "roomcast")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct SendResult {
    /// The server's text, "message sent"; empty if it sent none.
    message: String,
    /// The number of attempts, 1 or more.
    attempts: u32,
    /// The server's own id of the request, for its support; None if it sent none.
    request_id: Option<String>,
}

#[pymethods]
impl SendResult {
    #[classattr]
    fn __match_args__() -> (&'static str, &'static str, &'static str) {
        ("message", "attempts", "request_id")
    }

    /// As of a class in Python. They are evaluated where the class says it is, in the package.
    #[classattr]
    fn __annotations__(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let annotations = PyDict::new(py);
        annotations.set_item("message", "str")?;
        annotations.set_item("attempts", "int")?;
        annotations.set_item("request_id", "_typing.Optional[str]")?;
        Ok(annotations)
    }

    #[new]
    #[pyo3(signature = (message, attempts, request_id=None))]
    fn new(message: String, attempts: u32, request_id: Option<String>) -> Self {
        SendResult { message, attempts, request_id }
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let shown = |text: &str| text.into_pyobject(py)?.repr().map(|text| text.to_string());
        let request_id = match &self.request_id {
            Some(id) => format!(", request_id={}", shown(id)?),
            None => String::new(),
        };
        Ok(format!("SendResult(message={}, attempts={}{request_id})", shown(&self.message)?, self.attempts))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> (Bound<'py, PyType>, (&str, u32, Option<&str>)) {
        (py.get_type::<SendResult>(), (&self.message, self.attempts, self.request_id.as_deref()))
    }

    /// Its fields, so that `vars()` returns them, and with it what makes JSON of objects.
    #[getter(__dict__)]
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let fields = PyDict::new(py);
        fields.set_item("message", &self.message)?;
        fields.set_item("attempts", self.attempts)?;
        fields.set_item("request_id", &self.request_id)?;
        Ok(fields)
    }

    /// For pydantic, and so for FastAPI.
    #[classmethod]
    fn __get_pydantic_core_schema__<'py>(
        cls: &Bound<'py, PyType>,
        _source: &Bound<'py, PyAny>,
        handler: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        cls.py().import("roomcast._pydantic")?.getattr("schema")?.call1((cls, handler))
    }
}

impl From<roomcast::SendResult> for SendResult {
    fn from(result: roomcast::SendResult) -> Self {
        SendResult { message: result.message, attempts: result.attempts, request_id: result.request_id }
    }
}
