//! What 100ms posts, as Python's own objects; their classes are in `_webhooks.py`.

use std::borrow::Cow;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyDict, PyString};
use roomcast::{Event, EventKind, Spelling, WebhookError};

use crate::argument::Reader;
use crate::{error, record};

/// Reads the webhooks that 100ms posts, and refuses everybody else's.
///
/// Make one and share it between threads. Neither the secret nor what was given is in its repr or its errors.
///
/// Args:
///     secret: the value of the header that was set for the webhook in 100ms's dashboard: visible ASCII characters,
///         with spaces only between them, at most 4,096.
///
/// Raises:
///     ConfigurationError: the secret is missing, blank, or no header's value.
#[pyclass(frozen, module = "roomcast")]
pub(crate) struct Webhooks(roomcast::Webhooks);

#[pymethods]
impl Webhooks {
    #[new]
    #[pyo3(signature = (**options), text_signature = "(*, secret)")]
    fn new(py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut reader = Reader::default();
        let mut given = Vec::new();
        for (name, value) in options.into_iter().flatten() {
            let name = name.cast::<PyString>()?.to_string_lossy().into_owned();
            given.push((name, reader.argument(&value)));
        }
        let made = roomcast::Webhooks::with_options(given, Spelling::Snake);
        made.map(Webhooks).map_err(|error| error::raise_from(py, &error, reader.problem))
    }

    /// Reads a request.
    ///
    /// The secret is compared first, in a time that tells nothing of it. That an event was read does not mean that it is
    /// new: 100ms sends it again if it gets no 200. Remember the `id` of each event that was acted upon.
    ///
    /// Args:
    ///     given: the value of the request's secret header; None if there was none.
    ///     body: the body as it came, before anything has parsed it: at most 1 MiB. Have the server refuse longer ones.
    ///
    /// Returns:
    ///     A PeerJoined, a PeerLeft, or for any other type an Event.
    ///
    /// Raises:
    ///     WebhookError: it was refused; answer with its `status`.
    ///     TypeError: an argument is of another type.
    #[pyo3(signature = (given, body), text_signature = "($self, given, body)")]
    fn read<'py>(
        &self,
        py: Python<'py>,
        given: Option<Bound<'py, PyAny>>,
        body: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let given = given.map(|given| bytes("given", given, "the header's value, as str or bytes, or None"));
        let body = bytes("body", body.clone(), "the body as it came, as bytes or str")?;
        match self.0.read(given.transpose()?.as_deref(), &body) {
            Ok(event) => object(py, &event),
            Err(refused) => Err(raise(py, &refused)),
        }
    }
}

/// What was given, in UTF-8 if it is text. Lone surrogates make bytes that are not, for the core to refuse.
fn bytes(name: &str, value: Bound<'_, PyAny>, wanted: &str) -> PyResult<Cow<'static, [u8]>> {
    let encoded = match value.cast::<PyString>() {
        Ok(text) => text.call_method1("encode", ("utf-8", "surrogatepass"))?,
        Err(_) => value,
    };
    match encoded.extract::<PyBackedBytes>() {
        Ok(bytes) => Ok(Cow::Owned(bytes.to_vec())),
        Err(_) => {
            let given = encoded.get_type().name()?;
            Err(PyTypeError::new_err(format!("{name} is of type {given}; it takes {wanted}")))
        }
    }
}

fn object<'py>(py: Python<'py>, event: &Event) -> PyResult<Bound<'py, PyAny>> {
    let name = match event.kind {
        EventKind::PeerJoined(_) => "PeerJoined",
        EventKind::PeerLeft(_) => "PeerLeft",
        _ => "Event",
    };
    let class = py.import("roomcast._webhooks")?.getattr(name)?;
    class.call((), Some(&record::keywords(py, event.fields())?))
}

fn raise(py: Python<'_>, refused: &WebhookError) -> PyErr {
    let exception = || {
        static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let class = CLASS.import(py, "roomcast._errors", "WebhookError")?;
        let fields = [
            ("kind", refused.kind().as_str().into_pyobject(py)?.into_any()),
            ("status", refused.status().into_pyobject(py)?.into_any()),
        ];
        class.call((refused.to_string(),), Some(&fields.into_py_dict(py)?))
    };
    exception().map_or_else(|problem| problem, PyErr::from_value)
}
