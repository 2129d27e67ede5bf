//! The record of one operation, for languages that cannot be called from the core's threads at any time.

use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime};

use crate::error::Error;

use super::observer::{AttemptMetrics, Observer, OperationEvent, OperationInfo};

/// For language bindings: an observer that keeps what happened to one operation.
#[derive(Debug)]
pub struct TraceRecorder(Mutex<State>);

#[derive(Debug)]
struct State {
    created: Instant,
    trace: Trace,
}

/// What happened to one operation.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Trace {
    /// See [`OperationInfo`].
    pub method: &'static str,
    /// See [`OperationInfo`].
    pub room_id: String,
    /// See [`OperationInfo`].
    pub recipient: Option<&'static str>,
    /// See [`OperationInfo`].
    pub http_method: &'static str,
    /// See [`OperationInfo`].
    pub path: String,
    /// See [`OperationInfo`].
    pub server_address: String,
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
}

/// One attempt of a [`Trace`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AttemptTrace {
    /// From the operation's start to the attempt's.
    pub started: Duration,
    /// What it took.
    pub metrics: AttemptMetrics,
    /// Why it failed.
    pub error: Option<Error>,
    /// How long the operation waited before the next attempt; none if it was the last one.
    pub retry_wait: Option<Duration>,
}

impl Default for TraceRecorder {
    fn default() -> Self {
        TraceRecorder(Mutex::new(State {
            created: Instant::now(),
            trace: Trace {
                method: "",
                room_id: String::new(),
                recipient: None,
                http_method: "",
                path: String::new(),
                server_address: String::new(),
                server_port: 0,
                started_at: SystemTime::now(),
                elapsed: None,
                attempts: Vec::new(),
                error: None,
            },
        }))
    }
}

impl TraceRecorder {
    /// What happened so far.
    pub fn trace(&self) -> Trace {
        self.state().trace.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl Observer for TraceRecorder {
    fn on_event(&self, operation: &OperationInfo<'_>, event: &OperationEvent<'_>) {
        let mut state = self.state();
        let since_creation = state.created.elapsed();
        let trace = &mut state.trace;
        match event {
            OperationEvent::Started => {
                trace.method = operation.method;
                trace.room_id = operation.room_id.to_owned();
                trace.recipient = operation.recipient;
                trace.http_method = operation.http_method;
                trace.path = operation.path.to_owned();
                trace.server_address = operation.server_address.to_owned();
                trace.server_port = operation.server_port;
            }
            OperationEvent::AttemptStarted { .. } => {}
            OperationEvent::AttemptEnded { metrics, error, .. } => trace.attempts.push(AttemptTrace {
                started: since_creation.saturating_sub(metrics.elapsed),
                metrics: *metrics,
                error: error.cloned(),
                retry_wait: None,
            }),
            OperationEvent::Retrying { wait, .. } => {
                if let Some(attempt) = trace.attempts.last_mut() {
                    attempt.retry_wait = Some(*wait);
                }
            }
            OperationEvent::Ended { elapsed, error, .. } => {
                trace.elapsed = Some(*elapsed);
                trace.error = error.cloned();
            }
        }
    }
}
