//! The recording of one request, from its arrival to its end.

use super::known::{Arrived, Known, Response};
use super::store::Requests;
use crate::model::MAX_TEXT;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An extension of each request that is recorded. The request is added to the record when the last clone is dropped:
/// also if its client goes away, and then not before its handler has ended.
#[derive(Clone)]
pub struct Recording(Arc<Inner>);

struct Inner {
    requests: Arc<Requests>,
    arrived: Arrived,
    known: Mutex<Known>,
}

impl Recording {
    pub fn new(requests: Arc<Requests>, arrived: Arrived) -> Self {
        Self(Arc::new(Inner { requests, arrived, known: Mutex::default() }))
    }

    /// A part of the request's body has arrived.
    pub fn body(&self, chunk: &[u8]) {
        let mut known = self.0.known();
        // One byte more than is kept shows that there are more.
        let missing = (MAX_TEXT + 1).saturating_sub(known.body.len());
        known.body.extend_from_slice(&chunk[..chunk.len().min(missing)]);
        known.body_bytes += chunk.len();
    }

    /// Faults of these kinds were applied to the request.
    pub fn faults(&self, kinds: &[&str]) {
        if !kinds.is_empty() {
            self.0.known().fault = Some(kinds.join(", "));
        }
    }

    /// The request sent this message.
    pub fn message(&self, message_id: &str) {
        self.0.known().message_id = Some(message_id.to_owned());
    }

    /// The client will not get the response.
    pub fn unanswered(&self) {
        self.0.known().is_unanswered = true;
    }

    /// This is the response.
    pub fn end(self, response: Response) {
        self.0.known().response = Some(response);
    }
}

impl Inner {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let known = std::mem::take(&mut *self.known());
        self.requests.add(&self.arrived, known);
    }
}
