//! The client that both `Client` and `AsyncClient` hold.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use roomcast::Spelling;

use crate::argument;
use crate::call::request;
use crate::error;
use crate::pending::{self, Pending};
use crate::receipt::Receipt;

#[pyclass(frozen)]
pub(crate) struct Client(roomcast::Client);

#[pymethods]
impl Client {
    /// Held by the interpreter, unlike a send: while the environment is read, no other thread may change it.
    #[new]
    #[pyo3(signature = (**options))]
    fn new(py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let version = py.version_info();
        let version = format!("{}.{}.{}", version.major, version.minor, version.patch);
        let mut builder = roomcast::Client::builder().language("python", version, Spelling::Snake);
        for (name, value) in options.into_iter().flatten() {
            let name = name.cast::<PyString>()?.to_string_lossy();
            let value = argument::option(&name, &value);
            builder = builder.option(&name, value).map_err(|error| error::raise(py, &error))?;
        }
        builder.build().map(Client).map_err(|error| error::raise(py, &error))
    }

    /// Makes the call `method` of the public class, on this thread.
    fn send(
        &self,
        py: Python<'_>,
        method: &Bound<'_, PyString>,
        positional: &Bound<'_, PyTuple>,
        keywords: &Bound<'_, PyDict>,
    ) -> PyResult<Receipt> {
        let request = request(method, positional, keywords)?;
        let sent = py.detach(|| self.0.send_message(&request));
        sent.map(Receipt::from).map_err(|error| error::raise(py, &error))
    }

    /// Starts it, as a future of the running event loop.
    fn start<'py>(
        &self,
        py: Python<'py>,
        method: &Bound<'py, PyString>,
        positional: &Bound<'py, PyTuple>,
        keywords: &Bound<'py, PyDict>,
    ) -> PyResult<(Bound<'py, PyAny>, Pending)> {
        pending::start(py, &self.0, &request(method, positional, keywords)?)
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| self.0.close());
    }

    /// The options, without secrets, for a `repr`.
    fn options(&self) -> String {
        let text = format!("{:?}", self.0);
        let inner = text.strip_prefix("Client { ").and_then(|text| text.strip_suffix(", .. }"));
        inner.map_or_else(|| text.clone(), str::to_owned)
    }
}
