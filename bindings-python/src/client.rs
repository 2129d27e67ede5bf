//! The native client, shared by the Python classes `Client` and `AsyncClient`.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString, PyTuple};
use roomcast::{Argument, Spelling};

use crate::argument::Converter;
use crate::batch::Batch;
use crate::call::operation;
use crate::certifi;
use crate::completion_queue::CompletionQueue;
use crate::drain;
use crate::error;
use crate::fake::FakeRooms;
use crate::interrupt;
use crate::logging;
use crate::not_given::is_not_given;
use crate::pending;
use crate::shutdown;
use crate::watch::Watch;

#[pyclass(frozen, module = "roomcast._roomcast")]
pub(crate) struct Client(roomcast::Client);

#[pymethods]
impl Client {
    /// Creates a client, or returns a failure. `causes` has what Python raised for an option, and `fake` responds instead of a
    /// server. Unlike an operation, it keeps the interpreter attached: no other Python thread
    /// may change the environment while it is read.
    #[staticmethod]
    #[pyo3(signature = (options, causes, fake=None))]
    fn create<'py>(
        py: Python<'py>,
        options: &Bound<'py, PyDict>,
        causes: &Bound<'py, PyDict>,
        fake: Option<&Bound<'py, FakeRooms>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let version = py.version_info();
        let version = format!("{}.{}.{}", version.major, version.minor, version.patch);
        let mut builder = roomcast::Client::builder()
            .language("python", version, Spelling::Snake)
            .interrupted(interrupt::interrupted);
        if let Some(fake) = fake {
            builder = builder.fake_server(fake.get().server());
        }
        for (name, value) in options {
            if is_not_given(&value) {
                continue;
            }
            let name = name.cast::<PyString>()?.to_string_lossy();
            let mut converter = Converter::default();
            builder = match builder.option(&name, converter.argument(&value)) {
                Ok(builder) => builder,
                Err(error) => {
                    let cause = causes.get_item(&*name)?.map(PyErr::from_value);
                    return error::to_failure_from(py, &error, converter.failure.or(cause));
                }
            };
        }
        let mut raised = None;
        let client = builder.build_with_fallback_roots("certifi", || {
            certifi::contents(py).unwrap_or_else(|error| {
                raised = Some(error);
                None
            })
        });
        match (client, raised) {
            (_, Some(raised)) => Err(raised),
            (Ok(client), None) => Ok(Bound::new(py, Client(client))?.into_any()),
            (Err(error), None) => error::to_failure(py, &error),
        }
    }

    /// Executes a call of the public class's `method`, on this thread. `level` is the least severe that is logged, and `origin`
    /// is where it is called, if other threads write some of the lines.
    #[expect(clippy::too_many_arguments)]
    #[pyo3(signature = (method, positional, keywords, level, origin=None, watch=None))]
    fn call<'py>(
        &self,
        py: Python<'py>,
        method: &Bound<'py, PyString>,
        positional: &Bound<'py, PyTuple>,
        keywords: &Bound<'py, PyDict>,
        level: u8,
        origin: Option<Py<PyAny>>,
        watch: Option<&Bound<'py, Watch>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match operation(&self.0, method, positional, keywords)? {
            Ok(operation) => {
                logging::set_level(level);
                let context = logging::context(origin, watch.map(Bound::get));
                interrupt::execute(py, &self.0, operation, context)
            }
            Err(failure) => Ok(failure),
        }
    }

    /// As `call`, with the traces of the call's operations: for those who watch them and need no span of OpenTelemetry.
    #[pyo3(signature = (method, positional, keywords, level, origin=None))]
    fn record<'py>(
        &self,
        py: Python<'py>,
        method: &Bound<'py, PyString>,
        positional: &Bound<'py, PyTuple>,
        keywords: &Bound<'py, PyDict>,
        level: u8,
        origin: Option<Py<PyAny>>,
    ) -> PyResult<(Bound<'py, PyAny>, Option<Bound<'py, PyTuple>>)> {
        match operation(&self.0, method, positional, keywords)? {
            Ok(operation) => {
                logging::set_level(level);
                let watch = Watch::recording();
                let context = logging::context(origin, Some(&watch));
                let completed = interrupt::execute(py, &self.0, operation, context)?;
                Ok((completed, watch.take(py)?))
            }
            Err(failure) => Ok((failure, None)),
        }
    }

    /// Starts a call for a future, which `completions` completes, and returns what cancels it; or a failure. None if the
    /// interpreter is shutting down.
    #[expect(clippy::too_many_arguments)]
    #[pyo3(signature = (method, positional, keywords, future, completions, level, origin, watch=None))]
    fn start<'py>(
        &self,
        py: Python<'py>,
        method: &Bound<'py, PyString>,
        positional: &Bound<'py, PyTuple>,
        keywords: &Bound<'py, PyDict>,
        future: Py<PyAny>,
        completions: Py<CompletionQueue>,
        level: u8,
        origin: Option<Py<PyAny>>,
        watch: Option<&Bound<'py, Watch>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        if shutdown::is_shutting_down() {
            return Ok(None);
        }
        match operation(&self.0, method, positional, keywords)? {
            Ok(operation) => {
                logging::set_level(level);
                let context = logging::context(origin, watch.map(Bound::get));
                pending::start(py, &self.0, operation, future, completions, context).map(Some)
            }
            Err(failure) => Ok(Some(failure)),
        }
    }

    /// Creates a batch of sends, or returns a failure.
    fn batch<'py>(
        &self,
        py: Python<'py>,
        options: &Bound<'py, PyDict>,
        origin: Py<PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Batch::create(py, &self.0, options, origin)
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| self.0.close());
    }

    /// Drains on this thread: whether all operations ended by themselves, or a failure.
    #[pyo3(signature = (timeout=None))]
    fn drain<'py>(
        &self,
        py: Python<'py>,
        timeout: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match drain::drain(py, &self.0, timeout)? {
            Ok(all_ended) => Ok(PyBool::new(py, all_ended).to_owned().into_any()),
            Err(error) => error::to_failure(py, &error),
        }
    }

    /// Starts a drain for a future, which `completions` completes; or a failure. None if the interpreter is shutting down.
    fn start_drain<'py>(
        &self,
        py: Python<'py>,
        timeout: Option<&Bound<'py, PyAny>>,
        future: Py<PyAny>,
        completions: Py<CompletionQueue>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        if shutdown::is_shutting_down() {
            return Ok(None);
        }
        match drain::start(&self.0, timeout, future, completions) {
            Ok(drain) => Ok(Some(Bound::new(py, drain)?.into_any())),
            Err(error) => error::to_failure(py, &error).map(Some),
        }
    }

    /// What the client is doing, in numbers.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let stats = self.0.stats();
        let failed = PyDict::new(py);
        for (kind, count) in &stats.failed {
            failed.set_item(kind.as_str(), count)?;
        }
        let fields = PyDict::new(py);
        fields.set_item("in_flight", stats.in_flight)?;
        fields.set_item("queued", stats.queued)?;
        fields.set_item("queued_bytes", stats.queued_bytes)?;
        fields.set_item("idle_connections", stats.idle_connections)?;
        fields.set_item("busy_connections", stats.busy_connections)?;
        fields.set_item("sent", stats.sent)?;
        fields.set_item("queried", stats.queried)?;
        fields.set_item("retried", stats.retried)?;
        fields.set_item("failed", failed)?;
        Ok(fields)
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
