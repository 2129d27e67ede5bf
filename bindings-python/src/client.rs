//! The native client, shared by the Python classes `Client` and `AsyncClient`.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use roomcast::{Argument, Spelling};

use crate::argument::Converter;
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
    /// Creates a client. Unlike an operation, it keeps the interpreter attached: no other Python thread may change the
    /// environment while it is read.
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
            let mut converter = Converter::default();
            let value = converter.option(&name, &value);
            let result = builder.option(&name, value);
            builder = result.map_err(|error| error::to_exception_from(py, &error, converter.failure))?;
        }
        builder.build().map(Client).map_err(|error| error::to_exception(py, &error))
    }

    /// Executes a call of the public class's `method`, on this thread.
    fn call(
        &self,
        py: Python<'_>,
        method: &Bound<'_, PyString>,
        positional: &Bound<'_, PyTuple>,
        keywords: &Bound<'_, PyDict>,
    ) -> PyResult<Py<PyAny>> {
        let operation = operation(method, positional, keywords)?;
        logging::refresh_level(py)?;
        let result = interrupt::execute(py, &self.0, operation)?;
        response::to_object(py, result.map_err(|error| error::to_exception(py, &error))?)
    }

    /// Starts a call, and returns a future of the running event loop with what cancels it.
    fn start<'py>(
        &self,
        py: Python<'py>,
        method: &Bound<'py, PyString>,
        positional: &Bound<'py, PyTuple>,
        keywords: &Bound<'py, PyDict>,
    ) -> PyResult<(Bound<'py, PyAny>, Pending)> {
        let operation = operation(method, positional, keywords)?;
        logging::refresh_level(py)?;
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
