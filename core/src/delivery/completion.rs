//! The callback of a started operation: called once, whoever completes it first.

use std::sync::{Arc, Mutex};

use crate::api::Response;
use crate::error::Error;

type OnDone = Box<dyn FnOnce(Result<Response, Error>) + Send>;

/// Completed by the reactor or by a cancel, whichever comes first.
pub(crate) struct Completion(Mutex<Option<OnDone>>);

impl Completion {
    pub(crate) fn new(on_done: impl FnOnce(Result<Response, Error>) + Send + 'static) -> Arc<Self> {
        Arc::new(Completion(Mutex::new(Some(Box::new(on_done)))))
    }

    pub(crate) fn complete(&self, result: Result<Response, Error>) {
        if let Some(on_done) = self.take() {
            on_done(result);
        }
    }

    /// The callback, if it was not called yet; the caller of this is to call it.
    pub(crate) fn take(&self) -> Option<impl FnOnce(Result<Response, Error>) + use<>> {
        self.callback().take()
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.callback().is_none()
    }

    fn callback(&self) -> std::sync::MutexGuard<'_, Option<OnDone>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}
