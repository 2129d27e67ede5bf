//! Traces as JavaScript gets them: with the result of their call, or after it.

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

/// Traces in JavaScript, for `lib/trace.js`: JSON of lists without names, which costs a third of JSON with names, and that costs less
/// than objects. Missing values are null. Times are in nanoseconds, but the start in microseconds: what a number of JavaScript holds.
pub(crate) fn json(traces: &[Trace]) -> String {
    let mut list = List::with_capacity(320 * traces.len());
    for trace in traces {
        list.list(|list| {
            list.text(Some(trace.method));
            list.text(Some(trace.room_id()));
            list.text(trace.recipient);
            list.text(Some(trace.http_method));
            list.text(Some(trace.path()));
            list.text(Some(trace.server_address()));
            list.number(Some(trace.server_port));
            let started = trace.started_at.duration_since(UNIX_EPOCH).unwrap_or_default();
            list.number(u64::try_from(started.as_micros()).ok());
            list.time(trace.elapsed);
            list.error(trace.error.as_ref());
            list.list(|list| {
                for attempt in &trace.attempts {
                    list.list(|list| list.attempt(attempt));
                }
            });
        });
    }
    list.end()
}

/// A list in JSON.
struct List(String);

impl List {
    fn with_capacity(bytes: usize) -> Self {
        let mut text = String::with_capacity(bytes);
        text.push('[');
        List(text)
    }

    fn list(&mut self, elements: impl FnOnce(&mut Self)) {
        self.0.push('[');
        elements(self);
        self.close();
        self.0.push(',');
    }

    fn end(mut self) -> String {
        self.close();
        self.0
    }

    fn close(&mut self) {
        if self.0.ends_with(',') {
            self.0.pop();
        }
        self.0.push(']');
    }

    fn number(&mut self, number: Option<impl itoa::Integer>) {
        match number {
            Some(number) => self.0.push_str(itoa::Buffer::new().format(number)),
            None => self.0.push_str("null"),
        }
        self.0.push(',');
    }

    /// Texts that need no escape: the core's names, and parts of a URL. Any other would be left out.
    fn text(&mut self, text: Option<&str>) {
        let is_plain = |text: &&str| !text.bytes().any(|byte| matches!(byte, b'"' | b'\\' | ..b' '));
        match text.filter(is_plain) {
            Some(text) => {
                self.0.push('"');
                self.0.push_str(text);
                self.0.push('"');
            }
            None => self.0.push_str("null"),
        }
        self.0.push(',');
    }

    fn time(&mut self, time: Option<Duration>) {
        self.number(time.and_then(|time| u64::try_from(time.as_nanos()).ok()));
    }

    fn error(&mut self, error: Option<&Error>) {
        self.text(error.map(|error| error.kind().as_str()));
        self.text(error.map(|error| error.outcome().as_str()));
    }

    fn attempt(&mut self, attempt: &AttemptTrace) {
        let metrics = &attempt.metrics;
        let connected = metrics.connected;
        self.time(Some(metrics.started));
        self.time(Some(metrics.elapsed));
        self.time(connected.map(|times| times.dns));
        self.time(connected.map(|times| times.tcp));
        self.time(connected.and_then(|times| times.proxy));
        self.time(connected.and_then(|times| times.tls));
        self.time(metrics.write);
        self.time(metrics.wait);
        self.time(attempt.retry_wait);
        self.number(Some(metrics.request_bytes));
        self.number(Some(metrics.response_bytes));
        self.number(metrics.status);
        self.error(attempt.error.as_ref());
    }
}
