//! Traces as JavaScript gets them: with the result of their call, or after it.

use std::fmt::{Display, Write};
use std::time::{Duration, UNIX_EPOCH};

use roomcast::{AttemptTrace, Error, Trace};

/// What a call's result brings along.
pub(crate) enum Traced {
    Not,
    /// The id of the trace, and the traces.
    With(u32, Vec<Trace>),
    /// The traces follow: an operation that was cancelled ends after its result.
    Later,
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
