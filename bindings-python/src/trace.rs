//! What happened to an operation, as hooks get it. Most programs read few of its fields, if any, so each is converted when it is read.
//! What they mean is in `_roomcast.pyi`.

use std::time::SystemTime;

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple, PyType};

use crate::attempt_trace::AttemptTrace;
use crate::traced::{self, Converted, ERROR, Field, TIME, Value};

/// What happened to one operation, as the client's `hooks` get it when it has ended. Immutable.
///
/// A send is one operation. A call to several is one for each recipient, and one for the query of who is
/// there. It holds no message text, no secret, no user's id and nothing that peers say of themselves.
#[pyclass(frozen, module = "roomcast")]
pub(crate) struct Trace {
    /// None if a program made it: all fields are converted then.
    recorded: Option<roomcast::Trace>,
    converted: Converted,
    attempts: PyOnceLock<Py<PyTuple>>,
}

impl From<roomcast::Trace> for Trace {
    fn from(trace: roomcast::Trace) -> Self {
        Trace { recorded: Some(trace), converted: Converted::none(), attempts: PyOnceLock::new() }
    }
}

impl Trace {
    const FIELDS: [Field; 11] = [
        ("method", "str"),
        ("room_id", "str"),
        ("recipient", "_typing.Optional[_typing.RecipientKind]"),
        ("http_method", "str"),
        ("path", "str"),
        ("server_address", "str"),
        ("server_port", "int"),
        ("started_at", "_typing.datetime"),
        ("elapsed", TIME),
        ("attempts", "tuple[AttemptTrace, ...]"),
        ("error", ERROR),
    ];

    /// A field that is cheap to convert.
    fn get<'a, 'py, T: IntoPyObjectExt<'py>>(
        &'a self,
        py: Python<'py>,
        name: &str,
        value: impl FnOnce(&'a roomcast::Trace) -> T,
    ) -> Value<'py> {
        match &self.recorded {
            Some(recorded) => value(recorded).into_bound_py_any(py),
            None => self.converted.get(py, name),
        }
    }
}

#[pymethods]
impl Trace {
    #[classattr]
    fn _fields(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
        PyTuple::new(py, Trace::FIELDS.map(|(name, _)| name))
    }

    #[classattr]
    fn __annotations__(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        traced::annotations(py, &Trace::FIELDS)
    }

    #[new]
    #[pyo3(signature = (**fields))]
    fn new(py: Python<'_>, fields: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let converted = Converted::given(py, "Trace", &Trace::FIELDS, fields)?;
        Ok(Trace { recorded: None, converted, attempts: PyOnceLock::new() })
    }

    /// "send_message", "list_peers" or "get_room": the other methods are made of these.
    #[getter]
    fn method<'py>(&self, py: Python<'py>) -> Value<'py> {
        self.get(py, "method", |trace| trace.method)
    }

    /// The room's id.
    #[getter]
    fn room_id<'py>(&self, py: Python<'py>) -> Value<'py> {
        self.get(py, "room_id", |trace| trace.room_id())
    }

    /// Who receives the message: "peer", "role" or "everyone". None for a query.
    #[getter]
    fn recipient<'py>(&self, py: Python<'py>) -> Value<'py> {
        self.get(py, "recipient", |trace| trace.recipient)
    }

    /// "POST" or "GET".
    #[getter]
    fn http_method<'py>(&self, py: Python<'py>) -> Value<'py> {
        self.get(py, "http_method", |trace| trace.http_method)
    }

    /// The path of the request, without a query.
    #[getter]
    fn path<'py>(&self, py: Python<'py>) -> Value<'py> {
        self.get(py, "path", |trace| trace.path())
    }

    /// The host of the base URL.
    #[getter]
    fn server_address<'py>(&self, py: Python<'py>) -> Value<'py> {
        self.get(py, "server_address", |trace| trace.server_address())
    }

    /// The port of the base URL.
    #[getter]
    fn server_port<'py>(&self, py: Python<'py>) -> Value<'py> {
        self.get(py, "server_port", |trace| trace.server_port)
    }

    /// When it was started, in UTC.
    #[getter]
    fn started_at<'py>(&self, py: Python<'py>) -> Value<'py> {
        let Some(recorded) = &self.recorded else { return self.converted.get(py, "started_at") };
        self.converted.keep(py, "started_at", || Ok(recorded.started_at.into_pyobject(py)?.into_any()))
    }

    /// `started_at` in nanoseconds since 1970, of one that was recorded: for OpenTelemetry.
    #[getter]
    fn _started(&self) -> u64 {
        let started = self.recorded.as_ref().map_or(SystemTime::UNIX_EPOCH, |trace| trace.started_at);
        let since = started.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }

    /// How long it took, in seconds, its time in the queue and its waits included.
    ///
    /// None only if it was cancelled, and had not ended a quarter of a second later.
    #[getter]
    fn elapsed<'py>(&self, py: Python<'py>) -> Value<'py> {
        self.get(py, "elapsed", |trace| trace.elapsed.map(|time| time.as_secs_f64()))
    }

    /// The attempts, in their order. There is none if it was cancelled or late while it was queued.
    #[getter]
    fn attempts<'py>(&self, py: Python<'py>) -> Value<'py> {
        let Some(recorded) = &self.recorded else { return self.converted.get(py, "attempts") };
        if self.attempts.get(py).is_none() {
            let attempts =
                recorded.attempts.iter().map(|attempt| Bound::new(py, AttemptTrace::from(attempt.clone())));
            let attempts = PyTuple::new(py, attempts.collect::<PyResult<Vec<_>>>()?)?;
            // Another thread may have been quicker.
            let _ = self.attempts.set(py, attempts.unbind());
        }
        self.attempts.get(py).into_bound_py_any(py)
    }

    /// Why it failed; None if it succeeded.
    #[getter]
    fn error<'py>(&self, py: Python<'py>) -> Value<'py> {
        let Some(recorded) = &self.recorded else { return self.converted.get(py, "error") };
        traced::error(py, &self.converted, recorded.error.as_ref())
    }

    /// What is known of a message that was not accepted; None if it was accepted.
    #[getter]
    fn outcome<'py>(slf: &Bound<'py, Self>) -> Value<'py> {
        traced::outcome(slf)
    }

    /// Its fields, so that `vars()` returns them, and with it what makes JSON of objects.
    #[getter(__dict__)]
    fn fields<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        traced::fields(slf, &Trace::FIELDS)
    }

    fn __eq__(slf: &Bound<'_, Self>, other: &Bound<'_, Self>) -> PyResult<bool> {
        traced::equal(slf, other, &Trace::FIELDS)
    }

    fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
        traced::hash(slf, &Trace::FIELDS)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        traced::repr(slf, &Trace::FIELDS)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyDict>,))> {
        traced::reduce(slf, &Trace::FIELDS)
    }

    #[staticmethod]
    fn _restore(fields: &Bound<'_, PyDict>) -> PyResult<Self> {
        Trace::new(fields.py(), Some(fields))
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
