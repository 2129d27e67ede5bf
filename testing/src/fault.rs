//! What happens to requests although they are right.

use crate::control::{self, Shared};
use serde_json::{Value, json};
use std::time::Duration;

/// What happens to requests to the server API: by default to all, until it is removed.
///
/// When several apply to a request: it waits for all delays, and then the first of rate limit, disconnect, status and lost
/// answer decides.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "pass it to Sandbox::fault"]
pub struct Fault(Value);

impl Fault {
    /// Requests get this status of an error, 400 to 599, and are not processed. With 429, they also get a time to wait, of one
    /// second.
    pub fn status(status: u16) -> Self {
        Self(json!({"kind": "status", "status": status}))
    }

    /// Requests are processed, and the connection closes instead of the response: the client cannot know whether the message
    /// was sent.
    pub fn lost_answer() -> Self {
        Self(json!({"kind": "lost_answer"}))
    }

    /// The connection closes, and requests are not processed.
    pub fn disconnect() -> Self {
        Self(json!({"kind": "disconnect"}))
    }

    /// Requests wait so long, at most ten minutes, before they are processed; also if their client goes away meanwhile.
    pub fn delay(delay: Duration) -> Self {
        Self(json!({"kind": "delay", "delay_ms": delay.as_millis() as u64}))
    }

    /// More than so many requests a second, after a burst of as many, get status 429 and are not processed.
    pub fn rate_limit(per_second: u32) -> Self {
        Self(json!({"kind": "rate_limit", "per_second": per_second}))
    }

    /// Only to so many requests. Not for a rate limit.
    pub fn count(self, count: u64) -> Self {
        self.with("count", count.into())
    }

    /// To each request with this probability, above 0 and up to 1. The same seed has the same effect on the same requests. Not
    /// for a rate limit.
    pub fn probability(self, probability: f64, seed: u64) -> Self {
        self.with("probability", probability.into()).with("seed", seed.into())
    }

    /// Only to requests for this room.
    pub fn room(self, room_id: &str) -> Self {
        self.with("room_id", room_id.into())
    }

    fn with(mut self, field: &str, value: Value) -> Self {
        self.0[field] = value;
        self
    }
}

/// A fault that was added. Dropping this does not remove it.
#[derive(Debug)]
pub struct ActiveFault {
    sandbox: Shared,
    id: u64,
}

impl ActiveFault {
    #[track_caller]
    pub(crate) fn add(sandbox: &Shared, fault: &Fault) -> Self {
        let added = control::request(sandbox, "POST", "/sandbox/faults", &fault.0);
        Self { sandbox: Shared::clone(sandbox), id: added["id"].as_u64().unwrap_or_default() }
    }

    /// To how many requests it was applied.
    ///
    /// # Panics
    /// If it is there no longer, after a reset.
    #[must_use]
    #[track_caller]
    pub fn applied(&self) -> u64 {
        let all = control::request(&self.sandbox, "GET", "/sandbox/faults", &Value::Null);
        let faults = all["faults"].as_array().cloned().unwrap_or_default();
        let Some(fault) = faults.into_iter().find(|fault| fault["id"] == self.id) else {
            panic!("the fault {} is no longer there", self.id);
        };
        fault["applied"].as_u64().unwrap_or_default()
    }

    /// Removes it.
    ///
    /// # Panics
    /// If it is there no longer, after a reset.
    #[track_caller]
    pub fn remove(self) {
        control::request(&self.sandbox, "DELETE", &format!("/sandbox/faults/{}", self.id), &Value::Null);
    }
}
