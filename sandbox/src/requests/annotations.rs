//! What is known about a request only where it is handled.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An extension of each request that is recorded. Clones belong to the same request.
#[derive(Debug, Clone, Default)]
pub struct Annotations(Arc<Mutex<Known>>);

#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The kind of the fault that was applied.
    pub fault: Option<String>,
    /// The client gets no response, or only a part of it.
    pub is_unanswered: bool,
    /// The id of the message that was sent, as its recipients get it.
    pub message_id: Option<String>,
}

impl Annotations {
    /// A fault was applied to the request.
    pub fn fault(&self, kind: &str) {
        self.known().fault = Some(kind.to_owned());
    }

    /// The client will not get the response.
    pub fn unanswered(&self) {
        self.known().is_unanswered = true;
    }

    /// The request sent this message.
    pub fn message(&self, message_id: &str) {
        self.known().message_id = Some(message_id.to_owned());
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
