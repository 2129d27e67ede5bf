//! The webhook reader. `_webhooks.py` has the public class and its events.

use std::borrow::Cow;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyDict, PyString};
use roomcast::{EventKind, Spelling};

use crate::argument::Converter;
use crate::not_given::is_not_given;
use crate::{error, record};

#[pyclass(frozen, module = "roomcast._roomcast")]
pub(crate) struct WebhookReader(roomcast::Webhooks);

#[pymethods]
impl WebhookReader {
    /// Creates a reader, or returns a failure.
    #[staticmethod]
    fn create<'py>(py: Python<'py>, options: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
        let mut converter = Converter::default();
        let mut given = Vec::new();
        for (name, value) in options {
            if is_not_given(&value) {
                continue;
            }
            let name = name.cast::<PyString>()?.to_string_lossy().into_owned();
            given.push((name, converter.argument(&value)));
        }
        match roomcast::Webhooks::with_options(given, Spelling::Snake) {
            Ok(webhooks) => Ok(Bound::new(py, WebhookReader(webhooks))?.into_any()),
            Err(error) => error::to_failure_from(py, &error, converter.failure),
        }
    }

    /// Verifies and parses a request: `("PeerJoined", fields)`, or `PeerLeft`, or `Event`. `("error", text, kind, status)` if
    /// it was refused.
    fn read<'py>(
        &self,
        py: Python<'py>,
        given: Option<Bound<'py, PyAny>>,
        body: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let given = given.map(|given| bytes("given", given, "the header's value, as str or bytes, or None"));
        let body = bytes("body", body.clone(), "the body as it came, as bytes or str")?;
        match self.0.read(given.transpose()?.as_deref(), &body) {
            Ok(event) => {
                let class = match event.kind {
                    EventKind::PeerJoined(_) => "PeerJoined",
                    EventKind::PeerLeft(_) => "PeerLeft",
                    _ => "Event",
                };
                Ok((class, record::keywords(py, event.fields())?).into_pyobject(py)?.into_any())
            }
            Err(error) => {
                let refused = ("error", error.to_string(), error.kind().as_str(), error.status());
                Ok(refused.into_pyobject(py)?.into_any())
            }
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
