//! A fault that was added, and what it did so far.

use super::random::Random;
use super::rate_limit::RateLimit;
use super::spec::{FaultSpec, Kind};
use serde_json::Value;
use std::time::{Duration, Instant};

pub struct Fault {
    pub id: u64,
    pub spec: FaultSpec,
    random: Random,
    limit: Option<RateLimit>,
    /// How many requests it was applied to.
    applied: u64,
}

/// Whether a fault applies to a request.
pub enum Applies {
    No,
    Yes,
    /// The request is one more than a limit allows, and so long too early.
    TooMany(Duration),
}

impl Fault {
    pub fn new(id: u64, mut spec: FaultSpec, now: Instant) -> Self {
        if spec.probability.is_some() {
            spec.seed.get_or_insert(id);
        }
        let limit = match spec.kind {
            Kind::RateLimit(a_second) => Some(RateLimit::new(a_second, now)),
            _ => None,
        };
        let random = Random::new(spec.seed.unwrap_or(id));
        Self { id, spec, random, limit, applied: 0 }
    }

    /// Decides about a request, and counts it if the fault applies.
    pub fn applies(&mut self, room_id: Option<&str>, now: Instant) -> Applies {
        let another_room = self.spec.room_id.is_some() && self.spec.room_id.as_deref() != room_id;
        if another_room || self.is_used_up() {
            return Applies::No;
        }
        if let Some(limit) = &mut self.limit {
            return match limit.take(now) {
                Ok(()) => Applies::No,
                Err(wait) => {
                    self.applied += 1;
                    Applies::TooMany(wait)
                }
            };
        }
        if self.spec.probability.is_some_and(|probability| self.random.next() >= probability) {
            return Applies::No;
        }
        self.applied += 1;
        Applies::Yes
    }

    /// It was applied to as many requests as it was to be.
    pub fn is_used_up(&self) -> bool {
        self.spec.count.is_some_and(|count| self.applied >= count)
    }

    /// As the control API shows it.
    pub fn to_json(&self) -> Value {
        let mut fault = self.spec.to_json();
        fault["id"] = self.id.into();
        fault["applied"] = self.applied.into();
        fault
    }
}
