//! The client that both `Client` and `AsyncClient` hold.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use roomcast::{Argument, Spelling};

use crate::argument::Reader;
use crate::call::operation;
use crate::error;
use crate::interrupt;
use crate::logging;
use crate::pending::{self, Pending};
use crate::response;

#[pyclass(frozen, module = "roomcast._roomcast")]
pub(crate) struct Client(roomcast::Client);

#[pymethods]
impl Client {
    /// Held by the interpreter, unlike a send: while the environment is read, no other thread may change it.
    #[new]
    #[pyo3(signature = (**options))]
    fn new(py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let version = py.version_info();
        let version = format!("{}.{}.{}", version.major, version.minor, version.patch);
        let mut builder = roomcast::Client::builder()
            .language("python", version, Spelling::Snake)
            .interrupted(interrupt::interrupted);
        for (name, value) in options.into_iter().flatten() {
            let name = name.cast::<PyString>()?.to_string_lossy();
            let mut reader = Reader::default();
            let value = reader.option(&name, &value);
            let set = builder.option(&name, value);
            builder = set.map_err(|error| error::raise_from(py, &error, reader.problem))?;
        }
        builder.build().map(Client).map_err(|error| error::raise(py, &error))
    }

    /// Makes the call `method` of the public class, on this thread.
    fn call(
        &self,
        py: Python<'_>,
        method: &Bound<'_, PyString>,
        positional: &Bound<'_, PyTuple>,
        keywords: &Bound<'_, PyDict>,
    ) -> PyResult<Py<PyAny>> {
        let operation = operation(method, positional, keywords)?;
        logging::refresh(py)?;
        let result = interrupt::execute(py, &self.0, operation)?;
        response::object(py, result.map_err(|error| error::raise(py, &error))?)
    }

    /// Starts it, as a future of the running event loop.
    fn start<'py>(
        &self,
        py: Python<'py>,
        method: &Bound<'py, PyString>,
        positional: &Bound<'py, PyTuple>,
        keywords: &Bound<'py, PyDict>,
    ) -> PyResult<(Bound<'py, PyAny>, Pending)> {
        let operation = operation(method, positional, keywords)?;
        logging::refresh(py)?;
        pending::start(py, &self.0, operation)
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| self.0.close());
    }

    /// The options in force, without secrets.
    fn options<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let options = PyDict::new(py);
        for (name, value) in self.0.options() {
            match value {
                Argument::Text(text) => options.set_item(name, text)?,
                Argument::Number(number) if number.fract() == 0.0 => options.set_item(name, number as u64)?,
                Argument::Number(number) => options.set_item(name, number)?,
                Argument::Bool(truth) => options.set_item(name, truth)?,
                _ => {} // Not given.
            }
        }
        Ok(options)
    }
}
