//! An operation as a future of any runtime.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use crate::api::SendResult;
use crate::error::Error;

use super::pending::Pending;

/// A send in flight, returned by [`Client::send_message_async`](crate::Client::send_message_async); or a query, returned by
/// the other methods whose names end in `_async`. For any runtime. Dropping it before it completes cancels the operation.
#[must_use = "the operation was started, and dropping this cancels it"]
pub struct ResponseFuture<T = SendResult> {
    slot: Arc<Slot<T>>,
    /// The error is taken when it is returned.
    pending: Result<Pending, Option<Error>>,
}

/// Where the result is left for the future.
pub(super) struct Slot<T>(Mutex<State<T>>);

struct State<T> {
    result: Option<Result<T, Error>>,
    waker: Option<Waker>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Slot(Mutex::new(State { result: None, waker: None }))
    }
}

impl<T> Slot<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }

    pub(super) fn complete(&self, result: Result<T, Error>) {
        let waker = {
            let mut state = self.state();
            state.result = Some(result);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> ResponseFuture<T> {
    /// `start` starts the operation, whose result goes to the slot.
    pub(super) fn new(start: impl FnOnce(Arc<Slot<T>>) -> Result<Pending, Error>) -> Self {
        let slot = Arc::new(Slot::default());
        let pending = start(slot.clone()).map_err(Some);
        ResponseFuture { slot, pending }
    }
}

impl<T> Future for ResponseFuture<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Err(error) = &mut self.pending {
            return Poll::Ready(Err(error.take().expect("a future is not polled after it is done")));
        }
        let mut state = self.slot.state();
        match state.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl<T> Drop for ResponseFuture<T> {
    fn drop(&mut self) {
        if let Ok(pending) = &self.pending {
            pending.cancel();
        }
    }
}

impl<T> fmt::Debug for ResponseFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseFuture")
    }
}
