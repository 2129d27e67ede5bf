//! What happens to the operations of one call, for hooks and OpenTelemetry: `_observation.py` reads it when the call has ended. So no
//! thread of the core enters the interpreter for it.

use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use roomcast::{CallContext, TraceRecorder};
use roomcast_process_local::generation;

use crate::trace::Trace;

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
        let traces = recorder.take().into_iter().map(|trace| Bound::new(py, Trace::from(trace)));
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
