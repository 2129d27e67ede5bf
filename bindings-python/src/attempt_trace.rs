//! What happened to one attempt of an operation: see `trace.rs`.

use std::time::Duration;

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};
use roomcast::ConnectTimings;

use crate::traced::{self, Converted, ERROR, Field, TIME, Value};

/// One attempt of an operation: one HTTP request, or a connection that was not made. Immutable.
///
/// Times are in seconds.
#[pyclass(frozen, module = "roomcast")]
pub(crate) struct AttemptTrace {
    /// As in `Trace`.
    recorded: Option<roomcast::AttemptTrace>,
    converted: Converted,
}

impl From<roomcast::AttemptTrace> for AttemptTrace {
    fn from(trace: roomcast::AttemptTrace) -> Self {
        AttemptTrace { recorded: Some(trace), converted: Converted::none() }
    }
}

impl AttemptTrace {
    const FIELDS: [Field; 14] = [
        ("started", "float"),
        ("elapsed", "float"),
        ("connection", "_typing.Optional[_typing.Connection]"),
        ("dns", TIME),
        ("tcp", TIME),
        ("proxy", TIME),
        ("tls", TIME),
        ("write", TIME),
        ("wait", TIME),
        ("request_bytes", "int"),
        ("response_bytes", "int"),
        ("status", "_typing.Optional[int]"),
        ("error", ERROR),
        ("retry_wait", TIME),
    ];

    /// A field that is cheap to convert.
    fn get<'a, 'py, T: IntoPyObjectExt<'py>>(
        &'a self,
        py: Python<'py>,
        name: &str,
        value: impl FnOnce(&'a roomcast::AttemptTrace) -> T,
    ) -> Value<'py> {
        match &self.recorded {
            Some(recorded) => value(recorded).into_bound_py_any(py),
            None => self.converted.get(py, name),
        }
    }

    /// How long a step of connecting took.
    fn step<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        time: impl FnOnce(ConnectTimings) -> Option<Duration>,
    ) -> Value<'py> {
        self.get(py, name, |attempt| seconds(attempt.metrics.connected.and_then(time)))
    }
}

#[pymethods]
impl AttemptTrace {
    #[classattr]
    fn _fields(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
        PyTuple::new(py, AttemptTrace::FIELDS.map(|(name, _)| name))
    }

    #[classattr]
    fn __annotations__(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        traced::annotations(py, &AttemptTrace::FIELDS)
    }

    #[new]
    #[pyo3(signature = (**fields))]
    fn new(py: Python<'_>, fields: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let converted = Converted::given(py, "AttemptTrace", &AttemptTrace::FIELDS, fields)?;
        Ok(AttemptTrace { recorded: None, converted })
    }

    /// From the operation's start to the attempt's.
    #[getter]
    fn started<'py>(&self, py: Python<'py>) -> Value<'py> {
        self.get(py, "started", |attempt| attempt.metrics.started.as_secs_f64())
    }

    /// How long it took.
    #[getter]
    fn elapsed<'py>(&self, py: Python<'py>) -> Value<'py> {
        self.get(py, "elapsed", |attempt| attempt.metrics.elapsed.as_secs_f64())
    }

    /// "new", "kept" from an earlier request, or None if it got none.
    #[getter]
    fn connection<'py>(&self, py: Python<'py>) -> Value<'py> {
        self.get(py, "connection", |attempt| match attempt.metrics {
            metrics if metrics.connected.is_some() => Some("new"),
            metrics if metrics.write.is_some() || metrics.request_bytes > 0 => Some("kept"),
            _ => None,
        })
    }

    /// Until the name was resolved, if the connection is new.
    #[getter]
    fn dns<'py>(&self, py: Python<'py>) -> Value<'py> {
        self.step(py, "dns", |times| Some(times.dns))
    }

    /// From there until the server, or the proxy, accepted the connection.
    #[getter]
    fn tcp<'py>(&self, py: Python<'py>) -> Value<'py> {
        self.step(py, "tcp", |times| Some(times.tcp))
    }

    /// From there until the proxy had opened the tunnel, if there is a proxy.
    #[getter]
    fn proxy<'py>(&self, py: Python<'py>) -> Value<'py> {
        self.step(py, "proxy", |times| times.proxy)
    }

    /// From there until the TLS handshake was complete, if it is https.
    #[getter]
    fn tls<'py>(&self, py: Python<'py>) -> Value<'py> {
        self.step(py, "tls", |times| times.tls)
    }

    /// How long it took to write the request, if all of it was written.
    #[getter]
    fn write<'py>(&self, py: Python<'py>) -> Value<'py> {
        self.get(py, "write", |attempt| seconds(attempt.metrics.write))
    }

    /// From there until the response, or the failure.
    #[getter]
    fn wait<'py>(&self, py: Python<'py>) -> Value<'py> {
        self.get(py, "wait", |attempt| seconds(attempt.metrics.wait))
    }

    /// How many bytes of the request the connection took, the head included.
    #[getter]
    fn request_bytes<'py>(&self, py: Python<'py>) -> Value<'py> {
        self.get(py, "request_bytes", |attempt| attempt.metrics.request_bytes)
    }

    /// How many bytes of a response were read, the head included.
    #[getter]
    fn response_bytes<'py>(&self, py: Python<'py>) -> Value<'py> {
        self.get(py, "response_bytes", |attempt| attempt.metrics.response_bytes)
    }

    /// The HTTP status; None if there was no response.
    #[getter]
    fn status<'py>(&self, py: Python<'py>) -> Value<'py> {
        self.get(py, "status", |attempt| attempt.metrics.status)
    }

    /// Why it failed; None if it succeeded.
    #[getter]
    fn error<'py>(&self, py: Python<'py>) -> Value<'py> {
        let Some(recorded) = &self.recorded else { return self.converted.get(py, "error") };
        traced::error(py, &self.converted, recorded.error.as_ref())
    }

    /// How long the operation waited before its next attempt; None if this was the last one.
    #[getter]
    fn retry_wait<'py>(&self, py: Python<'py>) -> Value<'py> {
        self.get(py, "retry_wait", |attempt| seconds(attempt.retry_wait))
    }

    /// What is known of a message that was not accepted; None if it was accepted.
    #[getter]
    fn outcome<'py>(slf: &Bound<'py, Self>) -> Value<'py> {
        traced::outcome(slf)
    }

    /// Its fields, so that `vars()` returns them, and with it what makes JSON of objects.
    #[getter(__dict__)]
    fn fields<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        traced::fields(slf, &AttemptTrace::FIELDS)
    }

    fn __eq__(slf: &Bound<'_, Self>, other: &Bound<'_, Self>) -> PyResult<bool> {
        traced::equal(slf, other, &AttemptTrace::FIELDS)
    }

    fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
        traced::hash(slf, &AttemptTrace::FIELDS)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        traced::repr(slf, &AttemptTrace::FIELDS)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyDict>,))> {
        traced::reduce(slf, &AttemptTrace::FIELDS)
    }

    #[staticmethod]
    fn _restore(fields: &Bound<'_, PyDict>) -> PyResult<Self> {
        AttemptTrace::new(fields.py(), Some(fields))
    }

    #[classmethod]
    fn __get_pydantic_core_schema__<'py>(
        cls: &Bound<'py, PyType>,
        _source: &Bound<'py, PyAny>,
        handler: &Bound<'py, PyAny>,
    ) -> Value<'py> {
        traced::schema(cls, handler)
    }
}

fn seconds(time: Option<Duration>) -> Option<f64> {
    time.map(|time| time.as_secs_f64())
}
