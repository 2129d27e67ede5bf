//! What happens to the operations of one call, for hooks and OpenTelemetry: `_observation.py` reads it when the call has ended. So no
//! thread of the core enters the interpreter for it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use roomcast::{AttemptTrace, CallContext, Error, Trace, TraceRecorder};
use roomcast_process_local::generation;

use crate::error;

/// How long to wait for the end of operations whose caller already has the result. A cancelled one ends as soon as the core's thread
/// has noticed, in microseconds.
const END: Duration = Duration::from_millis(250);

/// Watches the operations of one call: one, or those of a multicast. And the trace that they belong to.
#[pyclass(frozen, subclass, module = "roomcast._roomcast")]
pub(crate) struct Watch {
    recorder: Option<Arc<TraceRecorder>>,
    traceparent: String,
    tracestate: String,
    /// Of the process whose call it is.
    generation: u64,
}

#[pymethods]
impl Watch {
    /// `records` is false if the operations only belong to a trace, and nobody wants to know what happens to them.
    #[new]
    fn new(traceparent: String, tracestate: String, records: bool) -> Self {
        let recorder = records.then(Arc::default);
        Watch { recorder, traceparent, tracestate, generation: generation() }
    }

    /// The traces of the operations, in the order in which they were started. None in a forked child: the call is its parent's.
    pub(crate) fn take<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        // A fork may have left the lock locked.
        if self.generation != generation() {
            return Ok(None);
        }
        let Some(recorder) = &self.recorder else { return Ok(Some(PyTuple::empty(py))) };
        if !recorder.has_ended() {
            py.detach(|| recorder.wait(END));
        }
        let traces = recorder.take().into_iter().map(|trace| Bound::new(py, Recorded(trace)));
        PyTuple::new(py, traces.collect::<PyResult<Vec<_>>>()?).map(Some)
    }
}

impl Watch {
    /// For operations that belong to no trace.
    pub(crate) fn recording() -> Self {
        Watch::new(String::new(), String::new(), true)
    }

    pub(crate) fn watch(&self, context: CallContext) -> CallContext {
        let context = context.trace(&self.traceparent, &self.tracestate);
        match &self.recorder {
            Some(recorder) => context.observer(recorder.clone()),
            None => context,
        }
    }
}

/// The trace of one operation. Most programs look at few of its fields, if any, so these are converted when they are wanted: by the
/// names that they have in `_traces.Trace`.
#[pyclass(frozen, module = "roomcast._roomcast")]
pub(crate) struct Recorded(Trace);

#[pymethods]
impl Recorded {
    #[getter]
    fn method(&self) -> &'static str {
        self.0.method
    }

    #[getter]
    fn room_id(&self) -> &str {
        self.0.room_id()
    }

    #[getter]
    fn recipient(&self) -> Option<&'static str> {
        self.0.recipient
    }

    #[getter]
    fn http_method(&self) -> &'static str {
        self.0.http_method
    }

    #[getter]
    fn path(&self) -> &str {
        self.0.path()
    }

    #[getter]
    fn server_address(&self) -> &str {
        self.0.server_address()
    }

    #[getter]
    fn server_port(&self) -> u16 {
        self.0.server_port
    }

    /// In nanoseconds since 1970.
    #[getter]
    fn started(&self) -> u64 {
        let started = self.0.started_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(started.as_nanos()).unwrap_or(u64::MAX)
    }

    /// In seconds.
    #[getter]
    fn elapsed(&self) -> Option<f64> {
        self.0.elapsed.map(|time| time.as_secs_f64())
    }

    #[getter]
    fn attempts<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let attempt = |index| Bound::new(slf.py(), RecordedAttempt { of: slf.clone().unbind(), index });
        let attempts = (0..slf.get().0.attempts.len()).map(attempt);
        PyTuple::new(slf.py(), attempts.collect::<PyResult<Vec<_>>>()?)
    }

    #[getter]
    fn failure<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        failure(py, self.0.error.as_ref())
    }
}

/// One attempt of it.
#[pyclass(frozen, module = "roomcast._roomcast")]
pub(crate) struct RecordedAttempt {
    of: Py<Recorded>,
    index: usize,
}

#[pymethods]
impl RecordedAttempt {
    /// Plain values, in the order of the fields of `_traces.AttemptTrace`; times in seconds.
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        attempt_tuple(py, &self.of.get().0.attempts[self.index])
    }
}

fn attempt_tuple<'py>(py: Python<'py>, attempt: &AttemptTrace) -> PyResult<Bound<'py, PyAny>> {
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
    let metrics = attempt.metrics;
    let connected = metrics.connected;
    let connection = match connected {
        Some(_) => Some("new"),
        None if metrics.write.is_some() || metrics.request_bytes > 0 => Some("kept"),
        None => None,
    };
    let times = (
        seconds(connected.map(|times| times.dns)),
        seconds(connected.map(|times| times.tcp)),
        seconds(connected.and_then(|times| times.proxy)),
        seconds(connected.and_then(|times| times.tls)),
        seconds(metrics.write),
        seconds(metrics.wait),
    );
    let values = (
        metrics.started.as_secs_f64(),
        metrics.elapsed.as_secs_f64(),
        connection,
        times,
        (metrics.request_bytes, metrics.response_bytes, metrics.status),
        failure(py, attempt.error.as_ref())?,
        seconds(attempt.retry_wait),
    );
    Ok(values.into_pyobject(py)?.into_any())
}

fn failure<'py>(py: Python<'py>, error: Option<&Error>) -> PyResult<Option<Bound<'py, PyAny>>> {
    error.map(|error| error::to_failure(py, error)).transpose()
}
