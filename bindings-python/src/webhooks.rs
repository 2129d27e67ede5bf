//! The webhook reader, and its events as Python objects. Their classes are in `_webhooks.py`.

use std::borrow::Cow;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyDict, PyString};
use roomcast::{Event, EventKind, Spelling, WebhookError};

use crate::argument::Converter;
use crate::{error, record};

/// Verify and parse the webhooks that 100ms posts.
///
/// Create one and share it between threads. Neither the secret nor the header or body of a request is in its repr or
/// in any error.
///
/// Args:
///     secret: The value of the header that was set for the webhook in 100ms's dashboard: visible ASCII characters,
///         with spaces only between them, at most 4,096.
///
/// Raises:
///     ConfigurationError: The secret is missing, blank, or not valid as a header's value.
#[pyclass(frozen, module = "roomcast")]
pub(crate) struct Webhooks(roomcast::Webhooks);

#[pymethods]
impl Webhooks {
    #[new]
    #[pyo3(signature = (**options), text_signature = "(*, secret)")]
    fn new(py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut converter = Converter::default();
        let mut given = Vec::new();
        for (name, value) in options.into_iter().flatten() {
            let name = name.cast::<PyString>()?.to_string_lossy().into_owned();
            given.push((name, converter.argument(&value)));
        }
        let webhooks = roomcast::Webhooks::with_options(given, Spelling::Snake);
        webhooks.map(Webhooks).map_err(|error| error::to_exception_from(py, &error, converter.failure))
    }

    /// Verify and parse a request.
    ///
    /// The secret is compared first, in constant time. If it differs, the body is not parsed. An event that was read is
    /// not necessarily new: 100ms sends it again if it gets no 200. Remember the `id` of each event that was acted upon.
    ///
    /// Args:
    ///     given: The value of the request's secret header; None if there was none.
    ///     body: The raw body, not parsed by a framework: at most 1 MiB. Let the server refuse longer ones before it
    ///         reads them.
    ///
    /// Returns:
    ///     A PeerJoined, a PeerLeft, or for any other type an Event.
    ///
    /// Raises:
    ///     WebhookError: The request was refused. Answer it with the error's `status`.
    ///     TypeError: An argument has a wrong type.
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
            Ok(event) => to_object(py, &event),
            Err(error) => Err(to_exception(py, &error)),
        }
    }
}

/// The value's bytes; text in UTF-8. Lone surrogates become invalid UTF-8, which the core refuses.
fn bytes(name: &str, value: Bound<'_, PyAny>, expected: &str) -> PyResult<Cow<'static, [u8]>> {
    let encoded = match value.cast::<PyString>() {
        Ok(text) => text.call_method1("encode", ("utf-8", "surrogatepass"))?,
        Err(_) => value,
    };
    match encoded.extract::<PyBackedBytes>() {
        Ok(bytes) => Ok(Cow::Owned(bytes.to_vec())),
        Err(_) => {
            let given = encoded.get_type().name()?;
            Err(PyTypeError::new_err(format!("{name} is of type {given}; it takes {expected}")))
        }
    }
}

fn to_object<'py>(py: Python<'py>, event: &Event) -> PyResult<Bound<'py, PyAny>> {
    let name = match event.kind {
        EventKind::PeerJoined(_) => "PeerJoined",
        EventKind::PeerLeft(_) => "PeerLeft",
        _ => "Event",
    };
    let class = py.import("roomcast._webhooks")?.getattr(name)?;
    class.call((), Some(&record::keywords(py, event.fields())?))
}

fn to_exception(py: Python<'_>, error: &WebhookError) -> PyErr {
    let exception = || {
        static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let class = CLASS.import(py, "roomcast._errors", "WebhookError")?;
        let fields = [
            ("kind", error.kind().as_str().into_pyobject(py)?.into_any()),
            ("status", error.status().into_pyobject(py)?.into_any()),
        ];
        class.call((error.to_string(),), Some(&fields.into_py_dict(py)?))
    };
    exception().map_or_else(|failure| failure, PyErr::from_value)
}
