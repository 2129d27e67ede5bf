//! What happens to the operations of one call, for hooks and OpenTelemetry: `_observation.py` reads it when the call has ended. So no
//! thread of the core enters the interpreter for it.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use pyo3::prelude::*;
use pyo3::types::PyList;
use roomcast::{
    AttemptTrace, CallContext, Error, Observer, OperationEvent, OperationInfo, Trace, TraceRecorder,
};
use roomcast_process_local::generation;

use crate::error;

/// How long to wait for the end of operations whose caller already has the result. A cancelled one ends as soon as the core's thread
/// has noticed, in microseconds.
const END: Duration = Duration::from_millis(250);

/// Watches the operations of one call: one, or those of a multicast. And the trace that they belong to.
#[pyclass(frozen, module = "roomcast._roomcast")]
pub(crate) struct Watch {
    traces: Option<Arc<Traces>>,
    traceparent: String,
    tracestate: String,
    /// Of the process whose call it is.
    generation: u64,
}

#[derive(Default)]
struct Traces {
    state: Mutex<State>,
    none_is_under_way: Condvar,
}

#[derive(Default)]
struct State {
    under_way: HashMap<u64, TraceRecorder>,
    ended: Vec<Trace>,
}

#[pymethods]
impl Watch {
    /// `records` is false if the operations only belong to a trace, and nobody wants to know what happens to them.
    #[new]
    fn new(traceparent: String, tracestate: String, records: bool) -> Self {
        let traces = records.then(Arc::default);
        Watch { traces, traceparent, tracestate, generation: generation() }
    }

    /// The traces of the operations, in the order in which they ended. None in a forked child: the call is its parent's.
    fn take<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyList>>> {
        // A fork may have left the lock locked.
        if self.generation != generation() {
            return Ok(None);
        }
        let ended = self.traces.as_ref().map(|traces| traces.take(py)).unwrap_or_default();
        let ended = ended.into_iter().map(|trace| Bound::new(py, Recorded(trace)));
        PyList::new(py, ended.collect::<PyResult<Vec<_>>>()?).map(Some)
    }
}

impl Watch {
    pub(crate) fn watch(&self, context: CallContext) -> CallContext {
        let context = context.trace(&self.traceparent, &self.tracestate);
        match &self.traces {
            Some(traces) => context.observer(traces.clone()),
            None => context,
        }
    }
}

impl Traces {
    fn take(&self, py: Python<'_>) -> Vec<Trace> {
        let is_under_way = !self.state().under_way.is_empty();
        if is_under_way {
            py.detach(|| self.wait());
        }
        let mut state = self.state();
        let State { under_way, ended } = std::mem::take(&mut *state);
        ended.into_iter().chain(under_way.into_values().map(|recorder| recorder.trace())).collect()
    }

    fn wait(&self) {
        let until_none = |state: &mut State| !state.under_way.is_empty();
        drop(self.none_is_under_way.wait_timeout_while(self.state(), END, until_none));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl Observer for Traces {
    fn on_event(&self, operation: &OperationInfo<'_>, event: &OperationEvent<'_>) {
        let mut state = self.state();
        if let OperationEvent::Started = event {
            state.under_way.insert(operation.id, TraceRecorder::default());
        }
        // Otherwise it was taken before its end.
        let Some(recorder) = state.under_way.get(&operation.id) else { return };
        recorder.on_event(operation, event);
        if let OperationEvent::Ended { .. } = event
            && let Some(recorder) = state.under_way.remove(&operation.id)
        {
            state.ended.push(recorder.trace());
            if state.under_way.is_empty() {
                self.none_is_under_way.notify_all();
            }
        }
    }
}

/// The trace of one operation. Most programs look at few of its fields, if any, so these are converted when they are wanted.
#[pyclass(frozen, module = "roomcast._roomcast")]
pub(crate) struct Recorded(Trace);

#[pymethods]
impl Recorded {
    /// In nanoseconds since 1970.
    #[getter]
    fn started(&self) -> u64 {
        let started = self.0.started_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(started.as_nanos()).unwrap_or(u64::MAX)
    }

    /// Plain values, in the order of the fields of `_traces.Trace`; times in seconds, but the start as above.
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let trace = &self.0;
        let attempts = trace.attempts.iter().map(|attempt| attempt_tuple(py, attempt));
        let attempts = PyList::new(py, attempts.collect::<PyResult<Vec<_>>>()?)?;
        let operation = (trace.method, &trace.room_id, trace.recipient);
        let request = (trace.http_method, &trace.path, &trace.server_address, trace.server_port);
        let elapsed = trace.elapsed.map(|time| time.as_secs_f64());
        let ended = (elapsed, attempts, failure(py, trace.error.as_ref())?);
        Ok((operation, request, self.started(), ended).into_pyobject(py)?.into_any())
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
        attempt.started.as_secs_f64(),
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
