//! One attempt to deliver a webhook.

use std::fmt;
use std::time::Duration;

/// Called for every attempt, in any order of the webhooks.
pub type AttemptListener = Box<dyn Fn(&Webhook, &Attempt) + Send + Sync>;

/// A webhook.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// The id in its body, the same in every attempt.
    pub id: String,
    /// Such as `peer.join.success`.
    pub kind: String,
    pub room_id: String,
    /// JSON.
    pub body: String,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Counts from 1.
    pub number: usize,
    /// `None` if it was delivered.
    pub error: Option<String>,
    /// The delay before the next attempt, if there is one.
    pub retry_in: Option<Duration>,
}

/// For the log. Of an attempt that succeeded, it has nothing to say.
impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.error, self.retry_in) {
            (None, _) => Ok(()),
            (Some(error), Some(delay)) => write!(f, "{error}; retrying in {} s", delay.as_secs()),
            (Some(error), None) => write!(f, "{error}; not delivered after {} attempts", self.number),
        }
    }
}
