//! What happened to the operations of one call, on its way to JavaScript: recorded while they run, and passed on once, when all
//! of them have ended. So no event of the core enters JavaScript.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use napi::Result;
use napi::bindgen_prelude::{Array, Either};
use roomcast::{
    CallContext, Error, ErrorKind, Observer, OperationEvent, OperationInfo, Response, TraceRecorder,
};

use crate::in_flight::Results;
use crate::traces::Traced;

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
