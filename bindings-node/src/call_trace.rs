//! What happened to the operations of one call, on its way to JavaScript: recorded while they run, and passed on once, when all
//! of them have ended. So no event of the core enters JavaScript.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, UNIX_EPOCH};

use napi::bindgen_prelude::{Array, ToNapiValue};
use napi::{Env, Result};
use roomcast::{
    AttemptTrace, CallContext, Error, ErrorKind, Observer, OperationEvent, OperationInfo, Response, Trace,
    TraceRecorder,
};

/// Observes the operations of a call: one, or those of a call with several recipients.
pub(crate) struct CallTrace {
    /// The id that JavaScript gave it, not that of the call: the call may end first, and its id be used again.
    id: u32,
    /// Passes the traces on, if they come after the call's result.
    on_late: Box<OnLate>,
    state: Mutex<State>,
}

type OnLate = dyn Fn(u32, Vec<Trace>) + Send + Sync;

#[derive(Default)]
struct State {
    /// By the operations' ids: in the order in which they were started.
    operations: BTreeMap<u64, TraceRecorder>,
    ended: usize,
    /// The call has its result, and JavaScript waits for the traces.
    is_late: bool,
}

/// What a call's result brings along.
pub(crate) enum Traced {
    Not,
    /// The id of the trace, and the traces.
    With(u32, Vec<Trace>),
    /// The traces follow: an operation that was cancelled ends after its result.
    Later,
}

impl CallTrace {
    /// `given` is `[id, traceparent, tracestate]`.
    pub(crate) fn new(
        given: &Array<'_>,
        on_late: impl Fn(u32, Vec<Trace>) + Send + Sync + 'static,
    ) -> Result<(Arc<Self>, CallContext)> {
        let id = given.get(0)?.unwrap_or_default();
        let header = |index| given.get::<String>(index).map(Option::unwrap_or_default);
        let trace = Arc::new(CallTrace { id, on_late: Box::new(on_late), state: Mutex::default() });
        let context = CallContext::default().observer(trace.clone()).trace(&header(1)?, &header(2)?);
        Ok((trace, context))
    }

    /// The call has its result. `has_parts` says that it is made of several operations.
    pub(crate) fn finish(&self, result: &std::result::Result<Response, Error>, has_parts: bool) -> Traced {
        let mut state = self.state();
        let was_cut_short = match result {
            Err(error) => matches!(error.kind(), ErrorKind::Cancelled | ErrorKind::Internal),
            Ok(_) => false,
        };
        // Otherwise one of its parts may be about to start.
        let is_last = !(has_parts && was_cut_short);
        if is_last && state.ended == state.operations.len() {
            return Traced::With(self.id, state.take());
        }
        state.is_late = true;
        Traced::Later
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl State {
    fn take(&mut self) -> Vec<Trace> {
        mem::take(&mut self.operations).into_values().map(|recorder| recorder.trace()).collect()
    }
}

impl Observer for CallTrace {
    fn on_event(&self, operation: &OperationInfo<'_>, event: &OperationEvent<'_>) {
        let mut state = self.state();
        state.operations.entry(operation.id).or_default().on_event(operation, event);
        if matches!(event, OperationEvent::Ended { .. }) {
            state.ended += 1;
        }
    }
}

impl Drop for CallTrace {
    /// No operation of the call is left that could have another event.
    fn drop(&mut self) {
        let mut state = mem::take(&mut *self.state());
        if state.is_late {
            (self.on_late)(self.id, state.take());
        }
    }
}

/// Traces in JavaScript, for `lib/trace.js`: one flat array, which costs less than objects.
pub(crate) fn flat<'env>(env: &'env Env, traces: &[Trace]) -> Result<Array<'env>> {
    let mut flat = Flat(env.create_array(0)?);
    for trace in traces {
        flat.add(trace.method)?;
        flat.add(trace.room_id.as_str())?;
        flat.add_optional(trace.recipient)?;
        flat.add(trace.http_method)?;
        flat.add(trace.path.as_str())?;
        flat.add(trace.server_address.as_str())?;
        flat.add(u32::from(trace.server_port))?;
        flat.add(milliseconds(trace.started_at.duration_since(UNIX_EPOCH).unwrap_or_default()))?;
        flat.add_optional(trace.elapsed.map(milliseconds))?;
        flat.add_error(trace.error.as_ref())?;
        flat.add(trace.attempts.len() as u32)?;
        for attempt in &trace.attempts {
            flat.add_attempt(attempt)?;
        }
    }
    Ok(flat.0)
}

struct Flat<'env>(Array<'env>);

impl Flat<'_> {
    fn add<T: ToNapiValue>(&mut self, value: T) -> Result<()> {
        self.0.insert(value)
    }

    /// None is `undefined`.
    fn add_optional<T: ToNapiValue>(&mut self, value: Option<T>) -> Result<()> {
        match value {
            Some(value) => self.add(value),
            None => self.add(()),
        }
    }

    fn add_error(&mut self, error: Option<&Error>) -> Result<()> {
        self.add_optional(error.map(|error| error.kind().as_str()))?;
        self.add_optional(error.map(|error| error.outcome().as_str()))
    }

    fn add_attempt(&mut self, attempt: &AttemptTrace) -> Result<()> {
        let metrics = &attempt.metrics;
        let connected = metrics.connected;
        self.add(milliseconds(attempt.started))?;
        self.add(milliseconds(metrics.elapsed))?;
        for time in [
            connected.map(|times| times.dns),
            connected.map(|times| times.tcp),
            connected.and_then(|times| times.proxy),
            connected.and_then(|times| times.tls),
            metrics.write,
            metrics.wait,
            attempt.retry_wait,
        ] {
            self.add_optional(time.map(milliseconds))?;
        }
        self.add(metrics.request_bytes as f64)?;
        self.add(metrics.response_bytes as f64)?;
        self.add_optional(metrics.status.map(u32::from))?;
        self.add_error(attempt.error.as_ref())
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
