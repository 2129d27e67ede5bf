//! The record of operations, for languages that cannot be called from the core's threads at any time.

use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use crate::error::Error;

use super::observer::{AttemptMetrics, Observer, OperationEvent, OperationInfo};

/// For language bindings: an observer that keeps what happens to the operations of one call, which may be several.
#[derive(Debug, Default)]
pub struct TraceRecorder {
    state: Mutex<State>,
    /// Tells who waits for the end of all operations.
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// With the operations' ids, which they are sorted by: in the order in which they were started.
    traces: Vec<(u64, Trace)>,
    under_way: usize,
    is_awaited: bool,
}

/// What happened to one operation.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Trace {
    /// See [`OperationInfo`].
    pub method: &'static str,
    /// See [`OperationInfo`].
    pub recipient: Option<&'static str>,
    /// See [`OperationInfo`].
    pub http_method: &'static str,
    /// See [`OperationInfo`].
    pub server_port: u16,
    /// When it was started.
    pub started_at: SystemTime,
    /// From then to its end; none if it has not ended.
    pub elapsed: Option<Duration>,
    /// The attempts, in their order.
    pub attempts: Vec<AttemptTrace>,
    /// Why it failed.
    pub error: Option<Error>,
    /// Room, path and host in one, which is one allocation; and where the first two end.
    texts: String,
    ends: (usize, usize),
}

/// One attempt of a [`Trace`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AttemptTrace {
    /// What it took.
    pub metrics: AttemptMetrics,
    /// Why it failed.
    pub error: Option<Error>,
    /// How long the operation waited before the next attempt; none if it was the last one.
    pub retry_wait: Option<Duration>,
}

impl Trace {
    fn new(operation: &OperationInfo<'_>) -> Self {
        let texts = [operation.room_id, operation.path, operation.server_address];
        let room_end = texts[0].len();
        Trace {
            method: operation.method,
            recipient: operation.recipient,
            http_method: operation.http_method,
            server_port: operation.server_port,
            started_at: SystemTime::now(),
            elapsed: None,
            attempts: Vec::new(),
            error: None,
            texts: texts.concat(),
            ends: (room_end, room_end + texts[1].len()),
        }
    }

    /// See [`OperationInfo`].
    pub fn room_id(&self) -> &str {
        &self.texts[..self.ends.0]
    }

    /// See [`OperationInfo`].
    pub fn path(&self) -> &str {
        &self.texts[self.ends.0..self.ends.1]
    }

    /// See [`OperationInfo`].
    pub fn server_address(&self) -> &str {
        &self.texts[self.ends.1..]
    }

    fn record(&mut self, event: &OperationEvent<'_>) {
        match event {
            OperationEvent::Started | OperationEvent::AttemptStarted { .. } => {}
            OperationEvent::AttemptEnded { metrics, error, .. } => {
                let attempt = AttemptTrace { metrics: *metrics, error: error.cloned(), retry_wait: None };
                push(&mut self.attempts, attempt);
            }
            OperationEvent::Retrying { wait, .. } => {
                if let Some(attempt) = self.attempts.last_mut() {
                    attempt.retry_wait = Some(*wait);
                }
            }
            OperationEvent::Ended { elapsed, error, .. } => {
                self.elapsed = Some(*elapsed);
                self.error = error.cloned();
            }
        }
    }
}

impl TraceRecorder {
    /// Takes what happened to the operations that were started so far. What happens to these from now on is not kept.
    pub fn take(&self) -> Vec<Trace> {
        let mut state = self.state();
        state.under_way = 0;
        mem::take(&mut state.traces).into_iter().map(|(_, trace)| trace).collect()
    }

    /// Whether all operations that were started have ended.
    pub fn has_ended(&self) -> bool {
        self.state().under_way == 0
    }

    /// Waits until all operations that were started have ended, for at most so long.
    pub fn wait(&self, timeout: Duration) {
        let mut state = self.state();
        state.is_awaited = true;
        drop(self.ended.wait_timeout_while(state, timeout, |state| state.under_way > 0));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl Observer for TraceRecorder {
    fn on_event(&self, operation: &OperationInfo<'_>, event: &OperationEvent<'_>) {
        // It adds nothing to what is known.
        if let OperationEvent::AttemptStarted { .. } = event {
            return;
        }
        let mut state = self.state();
        let found = state.traces.binary_search_by_key(&operation.id, |(id, _)| *id);
        match (event, found) {
            (OperationEvent::Started, Err(place)) => {
                state.under_way += 1;
                let traces = &mut state.traces;
                push(traces, (operation.id, Trace::new(operation)));
                // Where it is already, unless another thread was quicker with a later one.
                traces[place..].rotate_right(1);
            }
            (_, Ok(place)) => state.traces[place].1.record(event),
            // It was taken before its end.
            (_, Err(_)) => return,
        }
        if let OperationEvent::Ended { .. } = event {
            state.under_way -= 1;
            // A notification is a system call.
            if state.under_way == 0 && state.is_awaited {
                self.ended.notify_all();
            }
        }
    }
}

/// Most have one element only, which no room for others is made beside.
fn push<T>(list: &mut Vec<T>, element: T) {
    if list.is_empty() {
        list.reserve_exact(1);
    }
    list.push(element);
}
