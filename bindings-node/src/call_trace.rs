//! What happened to the operations of one call, on its way to JavaScript: recorded while they run, and passed on once, when all
//! of them have ended. So no event of the core enters JavaScript.

use std::fmt::{Display, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use napi::Result;
use napi::bindgen_prelude::{Array, Either};
use roomcast::{
    AttemptTrace, CallContext, Error, ErrorKind, Observer, OperationEvent, OperationInfo, Response, Trace,
    TraceRecorder,
};

use crate::in_flight::Results;

/// Observes the operations of a call: one, or those of a call with several recipients.
pub(crate) struct CallTrace {
    /// The id that JavaScript gave it, not that of the call: the call may end first, and its id be used again.
    id: u32,
    recorder: TraceRecorder,
    /// The call has its result, and JavaScript waits for the traces.
    is_late: AtomicBool,
    results: Results,
}

/// The id that JavaScript gives to a trace; or `[id, traceparent, tracestate]`.
pub(crate) type Given<'a> = Either<u32, Array<'a>>;

/// What a call's result brings along.
pub(crate) enum Traced {
    Not,
    /// The id of the trace, and the traces.
    With(u32, Vec<Trace>),
    /// The traces follow: an operation that was cancelled ends after its result.
    Later,
}

impl CallTrace {
    pub(crate) fn new(given: Given<'_>, results: &Results) -> Result<(Arc<Self>, CallContext)> {
        let (id, context) = match given {
            Either::A(id) => (id, CallContext::default()),
            Either::B(given) => {
                let header = |index| given.get::<String>(index).map(Option::unwrap_or_default);
                let context = CallContext::default().trace(&header(1)?, &header(2)?);
                (given.get(0)?.unwrap_or_default(), context)
            }
        };
        let (recorder, is_late) = (TraceRecorder::default(), AtomicBool::new(false));
        let trace = Arc::new(CallTrace { id, recorder, is_late, results: results.clone() });
        let context = context.observer(trace.clone());
        Ok((trace, context))
    }

    /// The call has its result. `has_parts` says that it is made of several operations.
    pub(crate) fn finish(&self, result: &std::result::Result<Response, Error>, has_parts: bool) -> Traced {
        let was_cut_short = match result {
            Err(error) => matches!(error.kind(), ErrorKind::Cancelled | ErrorKind::Internal),
            Ok(_) => false,
        };
        // Otherwise one of its parts may be about to start.
        let is_last = !(has_parts && was_cut_short);
        if is_last && self.recorder.has_ended() {
            return Traced::With(self.id, self.recorder.take());
        }
        // The caller holds this trace, so it is dropped later.
        self.is_late.store(true, Ordering::Relaxed);
        Traced::Later
    }
}

impl Observer for CallTrace {
    fn on_event(&self, operation: &OperationInfo<'_>, event: &OperationEvent<'_>) {
        self.recorder.on_event(operation, event);
    }
}

impl Drop for CallTrace {
    /// No operation of the call is left that could have another event.
    fn drop(&mut self) {
        if *self.is_late.get_mut() {
            self.results.push_traces(self.id, self.recorder.take());
        }
    }
}

/// Traces in JavaScript, for `lib/trace.js`: one text, which costs less than an array, and than objects even more. Each value has a
/// line; that of a missing one is empty. Times are in nanoseconds, but
/// the start in microseconds: what a number of JavaScript holds.
pub(crate) fn text(traces: &[Trace]) -> String {
    let mut lines = Lines(String::with_capacity(256 * traces.len()));
    for trace in traces {
        lines.add(trace.method);
        lines.add(trace.room_id());
        lines.add_optional(trace.recipient);
        lines.add(trace.http_method);
        lines.add(trace.path());
        lines.add(trace.server_address());
        lines.add(trace.server_port);
        lines.add(trace.started_at.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as u64);
        lines.add_time(trace.elapsed);
        lines.add_error(trace.error.as_ref());
        lines.add(trace.attempts.len());
        for attempt in &trace.attempts {
            lines.add_attempt(attempt);
        }
    }
    lines.0
}

struct Lines(String);

impl Lines {
    fn add(&mut self, value: impl Display) {
        // It cannot fail.
        let _ = writeln!(self.0, "{value}");
    }

    fn add_optional(&mut self, value: Option<impl Display>) {
        match value {
            Some(value) => self.add(value),
            None => self.0.push('\n'),
        }
    }

    fn add_time(&mut self, time: Option<Duration>) {
        self.add_optional(time.map(|time| time.as_nanos() as u64));
    }

    fn add_error(&mut self, error: Option<&Error>) {
        self.add_optional(error.map(|error| error.kind().as_str()));
        self.add_optional(error.map(|error| error.outcome().as_str()));
    }

    fn add_attempt(&mut self, attempt: &AttemptTrace) {
        let metrics = &attempt.metrics;
        let connected = metrics.connected;
        for time in [
            Some(metrics.started),
            Some(metrics.elapsed),
            connected.map(|times| times.dns),
            connected.map(|times| times.tcp),
            connected.and_then(|times| times.proxy),
            connected.and_then(|times| times.tls),
            metrics.write,
            metrics.wait,
            attempt.retry_wait,
        ] {
            self.add_time(time);
        }
        self.add(metrics.request_bytes);
        self.add(metrics.response_bytes);
        self.add_optional(metrics.status);
        self.add_error(attempt.error.as_ref());
    }
}
