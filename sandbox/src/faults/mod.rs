//! What happens to requests to the server API although they are right, so that clients can be tested with it.
//!
//! For each request, the faults are gone through in this order, whatever the order in which they were added; those of
//! one kind in the order of their ids:
//!
//! 1. `delay`: all that apply, one after the other. The request waits for the sum.
//! 2. `rate_limit`, `disconnect`, `status`, `lost_answer`: the first that applies decides, and those after it are
//!    neither counted nor do they draw a random number.
//!
//! All of this is decided when the request arrives, before the token is checked.

mod fault;
mod random;
mod rate_limit;
mod spec;

pub use spec::{FaultSpec, Kind};

use fault::{Applies, Fault};
use serde_json::Value;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// So many may be there at a time.
pub const MAX_FAULTS: usize = 256;

/// The faults of a run.
pub struct Faults {
    list: Mutex<List>,
    /// Those that it starts with.
    initial: Vec<FaultSpec>,
}

#[derive(Default)]
struct List {
    /// In the order in which they are gone through.
    faults: Vec<Fault>,
    last_id: u64,
}

/// What happens to a request.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Decision {
    pub delay: Duration,
    pub end: End,
    /// The kinds of the faults that apply, in their order.
    pub applied: Vec<&'static str>,
}

/// How a request ends.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum End {
    /// As if there were no faults.
    #[default]
    Served,
    /// With 429, and so long to wait.
    TooMany(Duration),
    /// With this status, unprocessed.
    Status(u16),
    /// Without a response, unprocessed.
    Disconnected,
    /// Without a response, but processed.
    AnswerLost,
}

impl Faults {
    pub fn new(initial: Vec<FaultSpec>) -> Self {
        let faults = Self { list: Mutex::default(), initial };
        faults.reset();
        faults
    }

    /// The faults are again those that it started with, as new.
    pub fn reset(&self) {
        let mut list = self.list();
        *list = List::default();
        for spec in &self.initial {
            list.add(spec.clone());
        }
    }

    /// Adds a fault, and returns it as the control API shows it; `None` if there are too many.
    pub fn add(&self, spec: FaultSpec) -> Option<Value> {
        let mut list = self.list();
        if list.faults.len() >= MAX_FAULTS {
            list.faults.retain(|fault| !fault.is_used_up());
        }
        (list.faults.len() < MAX_FAULTS).then(|| list.add(spec))
    }

    /// All faults, in the order of their ids. Those that are used up are there until they are removed.
    pub fn all(&self) -> Vec<Value> {
        let list = self.list();
        let mut faults: Vec<&Fault> = list.faults.iter().collect();
        faults.sort_by_key(|fault| fault.id);
        faults.into_iter().map(Fault::to_json).collect()
    }

    /// Removes a fault. Returns false if there is none with this id.
    pub fn remove(&self, id: u64) -> bool {
        let mut list = self.list();
        let before = list.faults.len();
        list.faults.retain(|fault| fault.id != id);
        list.faults.len() < before
    }

    pub fn remove_all(&self) {
        self.list().faults.clear();
    }

    /// Decides what happens to a request.
    pub fn decide(&self, room_id: Option<&str>, now: Instant) -> Decision {
        let mut decision = Decision::default();
        for fault in &mut self.list().faults {
            let applies = fault.applies(room_id, now);
            let end = match (applies, &fault.spec.kind) {
                (Applies::No, _) => continue,
                (Applies::TooMany(wait), _) => End::TooMany(wait),
                (Applies::Yes, Kind::Delay(delay)) => {
                    decision.delay += *delay;
                    decision.applied.push(fault.spec.kind.name());
                    continue;
                }
                (Applies::Yes, Kind::Disconnect) => End::Disconnected,
                (Applies::Yes, Kind::Status(status)) => End::Status(*status),
                (Applies::Yes, Kind::LostAnswer) => End::AnswerLost,
                // A limit applies to nothing by itself.
                (Applies::Yes, Kind::RateLimit(_)) => continue,
            };
            decision.end = end;
            decision.applied.push(fault.spec.kind.name());
            break;
        }
        decision
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl List {
    fn add(&mut self, spec: FaultSpec) -> Value {
        self.last_id += 1;
        let fault = Fault::new(self.last_id, spec, Instant::now());
        let shown = fault.to_json();
        // After all of its kind and of the kinds before it.
        let place = self.faults.partition_point(|other| rank(&other.spec.kind) <= rank(&fault.spec.kind));
        self.faults.insert(place, fault);
        shown
    }
}

/// The place of a kind in the order in which faults are gone through.
fn rank(kind: &Kind) -> u8 {
    match kind {
        Kind::Delay(_) => 0,
        Kind::RateLimit(_) => 1,
        Kind::Disconnect => 2,
        Kind::Status(_) => 3,
        Kind::LostAnswer => 4,
    }
}

#[cfg(test)]
mod tests;
