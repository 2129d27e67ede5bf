//! Traces as JavaScript gets them: with the result of their call, or after it.

use std::time::{Duration, UNIX_EPOCH};

use roomcast::{AttemptTrace, Error, Trace};
use serde::Serialize;

/// What a call's result brings along.
pub(crate) enum Traced {
    Not,
    /// The id of the trace, and the traces.
    With(u32, Vec<Trace>),
    /// The traces follow: an operation that was cancelled ends after its result.
    Later,
}

/// Traces in JavaScript, as `types/observing.d.ts` documents them: JSON, which is read if somebody wants it, and which costs less than
/// objects in any case.
pub(crate) fn json(traces: &[Trace]) -> String {
    let traces: Vec<_> = traces.iter().map(Operation::new).collect();
    // It cannot fail: there is no map.
    serde_json::to_string(&traces).unwrap_or_default()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Operation<'a> {
    method: &'static str,
    room_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient: Option<&'static str>,
    http_method: &'static str,
    path: &'a str,
    server_address: &'a str,
    server_port: u16,
    started_at_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed_ms: Option<f64>,
    attempts: Vec<Attempt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attempt {
    started_ms: f64,
    elapsed_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<Connection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    write_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wait_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_wait_ms: Option<f64>,
    request_bytes: usize,
    response_bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Connection {
    dns_ms: f64,
    tcp_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_ms: Option<f64>,
}

#[derive(Serialize)]
struct Failure {
    kind: &'static str,
    outcome: &'static str,
}

impl<'a> Operation<'a> {
    fn new(trace: &'a Trace) -> Self {
        let started = trace.started_at.duration_since(UNIX_EPOCH).unwrap_or_default();
        Operation {
            // The other methods are made of these.
            method: match trace.method {
                "send_message" => "sendMessage",
                "list_peers" => "listPeers",
                _ => "getRoom",
            },
            room_id: trace.room_id(),
            recipient: trace.recipient,
            http_method: trace.http_method,
            path: trace.path(),
            server_address: trace.server_address(),
            server_port: trace.server_port,
            started_at_ms: started.as_micros() as f64 / 1e3,
            elapsed_ms: trace.elapsed.map(milliseconds),
            attempts: trace.attempts.iter().map(Attempt::new).collect(),
            error: trace.error.as_ref().map(Failure::new),
        }
    }
}

impl Attempt {
    fn new(attempt: &AttemptTrace) -> Self {
        let metrics = &attempt.metrics;
        Attempt {
            started_ms: milliseconds(metrics.started),
            elapsed_ms: milliseconds(metrics.elapsed),
            connection: metrics.connected.map(|times| Connection {
                dns_ms: milliseconds(times.dns),
                tcp_ms: milliseconds(times.tcp),
                proxy_ms: times.proxy.map(milliseconds),
                tls_ms: times.tls.map(milliseconds),
            }),
            write_ms: metrics.write.map(milliseconds),
            wait_ms: metrics.wait.map(milliseconds),
            retry_wait_ms: attempt.retry_wait.map(milliseconds),
            request_bytes: metrics.request_bytes,
            response_bytes: metrics.response_bytes,
            status: metrics.status,
            error: attempt.error.as_ref().map(Failure::new),
        }
    }
}

impl Failure {
    fn new(error: &Error) -> Self {
        Failure { kind: error.kind().as_str(), outcome: error.outcome().as_str() }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e6
}
