//! The callback of a started operation: called once, whoever completes it first.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::api::Response;
use crate::error::Error;
use crate::net::SendState;

use super::budget::Reservation;

type OnDone = Box<dyn FnOnce(Result<Response, Error>) + Send>;

/// Completed by the reactor or by a cancel, whichever comes first.
pub(crate) struct Completion(Mutex<Option<Callback>>);

struct Callback {
    on_done: OnDone,
    /// What the operation holds of its client's budget, until it is complete.
    _reservation: Reservation,
}

impl Completion {
    pub(crate) fn new(
        reservation: Reservation,
        on_done: impl FnOnce(Result<Response, Error>) + Send + 'static,
    ) -> Arc<Self> {
        let callback = Callback { on_done: Box::new(on_done), _reservation: reservation };
        Arc::new(Completion(Mutex::new(Some(callback))))
    }

    /// The callback, if it was not called yet; the caller of this is to call it.
    pub(crate) fn take(&self) -> Option<impl FnOnce(Result<Response, Error>) + use<>> {
        // The reservation is dropped here: the callback may start another operation.
        self.callback().take().map(|callback| callback.on_done)
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.callback().is_none()
    }

    fn callback(&self) -> MutexGuard<'_, Option<Callback>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// The duty to complete an operation. Whoever drops it without a result, because of a panic, completes it with an internal
/// error that says what is known of the message.
pub(crate) struct Completer {
    completion: Arc<Completion>,
    state: Arc<SendState>,
}

impl Completer {
    pub(crate) fn new(completion: Arc<Completion>, state: Arc<SendState>) -> Self {
        Completer { completion, state }
    }

    pub(crate) fn completion(&self) -> Arc<Completion> {
        self.completion.clone()
    }

    /// Calls the callback, unless a cancel did.
    pub(crate) fn complete(self, result: Result<Response, Error>) {
        if let Some(on_done) = self.completion.take() {
            // A panic in it is its own.
            let _ = catch_unwind(AssertUnwindSafe(|| on_done(result)));
        }
    }

    /// The operation was not accepted: its callback is not called.
    pub(crate) fn withdraw(self) {
        drop(self.completion.take());
    }

    /// The result of an operation that was lost in a panic.
    pub(crate) fn lost(&self) -> Error {
        let error = Error::panicked(self.state.outcome()).with_attempts(self.state.attempts());
        error.or_unknown(self.state.unknown_before())
    }
}

impl Drop for Completer {
    fn drop(&mut self) {
        if let Some(on_done) = self.completion.take() {
            let error = self.lost();
            // This may be dropped by a panic.
            let _ = catch_unwind(AssertUnwindSafe(|| on_done(Err(error))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::Budget;
    use crate::error::{ErrorKind, Outcome};
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    #[test]
    fn what_is_dropped_is_completed_with_the_truth() {
        for earlier in [Outcome::NotSent, Outcome::Unknown] {
            let (sender, receiver) = mpsc::channel();
            let state = SendState::new(Instant::now() + Duration::from_secs(60), None);
            let _ = state.begin_attempt();
            state.end_attempt(earlier);
            let budget = Budget::new(1);
            let on_done = move |result: Result<Response, Error>| {
                sender.send(result.unwrap_err()).unwrap();
                panic!("on purpose, while another panic drops this");
            };
            let completion = Completion::new(budget.reserve(1).unwrap(), on_done);
            let completer = Completer::new(completion.clone(), state);
            let panicked = catch_unwind(AssertUnwindSafe(move || {
                let _completer = completer;
                panic!("on purpose");
            }));
            assert!(panicked.is_err() && completion.is_complete());
            let error = receiver.try_recv().unwrap();
            assert_eq!((error.kind(), error.outcome(), error.attempts()), (ErrorKind::Internal, earlier, 1));
            assert!(budget.reserve(1).is_some());
        }
    }
}
