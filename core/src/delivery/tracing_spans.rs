//! Operations and attempts as spans of the crate `tracing`, with the names of OpenTelemetry's conventions for HTTP clients.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use tracing::field::Empty;
use tracing::{Span, info_span};

use super::observer::{AttemptMetrics, Observer, OperationEvent, OperationInfo};
use crate::error::Error;

/// An [`Observer`] that makes a span of each operation, and within it one of each attempt, at level `INFO`:
/// `Client::builder().observer(TracingSpans::default())`. An operation's span belongs to the span in which it was started.
///
/// | span | fields |
/// |---|---|
/// | `roomcast.operation` | `otel.name` (`send_message`, …), `room_id`, `recipient`, `attempts`, `error.type`, `outcome` |
/// | `roomcast.attempt` | `otel.kind` (`client`), `otel.name` (`POST`, `GET`), `http.request.method`, `url.path`, `server.address`, `server.port`, `http.request.resend_count`, `http.response.status_code`, `error.type`, and in seconds `dns`, `tcp`, `tls`, `write`, `wait` |
#[derive(Debug, Default)]
pub struct TracingSpans(Mutex<HashMap<u64, Spans>>);

#[derive(Debug)]
struct Spans {
    operation: Span,
    attempt: Span,
}

impl TracingSpans {
    fn spans(&self) -> MutexGuard<'_, HashMap<u64, Spans>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl Observer for TracingSpans {
    fn on_event(&self, operation: &OperationInfo<'_>, event: &OperationEvent<'_>) {
        match event {
            OperationEvent::Started => {
                let span = info_span!(
                    target: "roomcast",
                    "roomcast.operation",
                    otel.name = operation.method,
                    room_id = operation.room_id,
                    recipient = operation.recipient,
                    attempts = Empty,
                    error.r#type = Empty,
                    otel.status_code = Empty,
                    outcome = Empty,
                );
                self.spans().insert(operation.id, Spans { operation: span, attempt: Span::none() });
            }
            OperationEvent::AttemptStarted { attempt } => {
                if let Some(spans) = self.spans().get_mut(&operation.id) {
                    spans.attempt = attempt_span(&spans.operation, operation, *attempt);
                }
            }
            OperationEvent::AttemptEnded { metrics, error, .. } => {
                // The span ends when it is dropped, which its subscriber may do something long with.
                let attempt = self
                    .spans()
                    .get_mut(&operation.id)
                    .map(|spans| std::mem::replace(&mut spans.attempt, Span::none()));
                if let Some(attempt) = attempt {
                    record_metrics(&attempt, metrics);
                    record_error(&attempt, *error);
                }
            }
            OperationEvent::Retrying { .. } => {}
            OperationEvent::Ended { attempts, error, .. } => {
                let spans = self.spans().remove(&operation.id);
                if let Some(Spans { operation, .. }) = spans {
                    operation.record("attempts", attempts);
                    record_error(&operation, *error);
                    if let Some(error) = error {
                        operation.record("outcome", error.outcome().as_str());
                    }
                }
            }
        }
    }
}

fn attempt_span(parent: &Span, operation: &OperationInfo<'_>, attempt: u32) -> Span {
    info_span!(
        target: "roomcast",
        parent: parent,
        "roomcast.attempt",
        otel.kind = "client",
        otel.name = operation.http_method,
        http.request.method = operation.http_method,
        url.path = operation.path,
        server.address = operation.server_address,
        server.port = operation.server_port,
        http.request.resend_count = (attempt > 1).then_some(attempt - 1),
        http.response.status_code = Empty,
        error.r#type = Empty,
        otel.status_code = Empty,
        dns = Empty,
        tcp = Empty,
        tls = Empty,
        write = Empty,
        wait = Empty,
    )
}

fn record_metrics(attempt: &Span, metrics: &AttemptMetrics) {
    attempt.record("http.response.status_code", metrics.status);
    let connected = metrics.connected;
    for (name, time) in [
        ("dns", connected.map(|times| times.dns)),
        ("tcp", connected.map(|times| times.tcp)),
        ("tls", connected.and_then(|times| times.tls)),
        ("write", metrics.write),
        ("wait", metrics.wait),
    ] {
        attempt.record(name, time.map(|time| time.as_secs_f64()));
    }
}

fn record_error(span: &Span, error: Option<&Error>) {
    if let Some(error) = error {
        span.record("error.type", error.kind().as_str());
        span.record("otel.status_code", "ERROR");
    }
}
