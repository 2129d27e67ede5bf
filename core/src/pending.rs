//! A send that was started without waiting for it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::task::{Context, Poll, Waker};

use crate::delivery::cancelled;
use crate::error::Error;
use crate::process::Process;
use crate::receipt::Receipt;
use crate::told::Told;
use crate::transport::Progress;

type OnDone = Box<dyn FnOnce(Result<Told, Error>) + Send>;

/// Tells the result once: to whoever comes first of the event loop and the one who gives up.
pub(crate) struct Completion(Mutex<Option<OnDone>>);

impl Completion {
    pub(crate) fn new(on_done: impl FnOnce(Result<Told, Error>) + Send + 'static) -> Arc<Self> {
        Arc::new(Completion(Mutex::new(Some(Box::new(on_done)))))
    }

    pub(crate) fn complete(&self, result: Result<Told, Error>) {
        if let Some(on_done) = self.take() {
            on_done(result);
        }
    }

    fn take(&self) -> Option<OnDone> {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).take()
    }

    fn is_complete(&self) -> bool {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).is_none()
    }
}

/// A send under way, started with [`Client::start`](crate::Client::start). Dropping it changes nothing.
#[derive(Clone)]
pub struct Pending {
    progress: Arc<Progress>,
    completion: Arc<Completion>,
    /// The process that does the send, and its own.
    process_id: u32,
    process: Weak<Process>,
}

impl Pending {
    pub(crate) fn new(process: &Arc<Process>, progress: Arc<Progress>, completion: Arc<Completion>) -> Self {
        Pending { progress, completion, process_id: process.id, process: Arc::downgrade(process) }
    }

    /// Gives the send up, now: its callback is called, on this thread, with
    /// [`Cancelled`](crate::ErrorKind::Cancelled) and the truth about the message: `NotSent` if it was still in line
    /// or connecting (and then it never leaves), else `Unknown`. A send that has ended stays as it is, and so does,
    /// in a forked child, one that the parent started: the parent goes on with it.
    pub fn cancel(&self) {
        // The parent's socket is the child's too: shutting it down would break the parent's send. And a fork may have
        // left the locks taken.
        if self.process_id != std::process::id() {
            return;
        }
        // Taken before the event loop wakes, which else may be the first to tell, of a connection that broke.
        if let Some(on_done) = self.completion.take() {
            let (outcome, attempts) = self.progress.cancel();
            if let Some(process) = self.process.upgrade() {
                process.event_loop.cancelled();
            }
            on_done(Err(cancelled(outcome).with_attempts(attempts)));
        }
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("is_complete", &self.completion.is_complete()).finish()
    }
}

/// A send as a future of any runtime, made by [`Client::send_message_async`](crate::Client::send_message_async); or a question,
/// made by the other methods whose names end so. Dropping it before it is done gives it up.
#[must_use = "the send was started, and dropping this gives it up"]
pub struct Sending<T = Receipt> {
    pub(crate) slot: Arc<Slot<T>>,
    pub(crate) pending: Result<Pending, Option<Error>>,
}

pub(crate) struct Slot<T>(Mutex<SlotState<T>>);

struct SlotState<T> {
    result: Option<Result<T, Error>>,
    waker: Option<Waker>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Slot(Mutex::new(SlotState { result: None, waker: None }))
    }
}

impl<T> Slot<T> {
    fn state(&self) -> MutexGuard<'_, SlotState<T>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }

    pub(crate) fn fill(&self, result: Result<T, Error>) {
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

impl<T> Future for Sending<T> {
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

impl<T> Drop for Sending<T> {
    fn drop(&mut self) {
        if let Ok(pending) = &self.pending {
            pending.cancel();
        }
    }
}

impl<T> fmt::Debug for Sending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sending")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    #[test]
    fn a_forked_child_does_not_give_up_its_parents_send() {
        let (tell, told) = mpsc::channel();
        let progress = Progress::new(Instant::now() + Duration::from_secs(60), None);
        let completion = Completion::new(move |result| tell.send(result).unwrap());
        let process_id = std::process::id();
        let ours = Pending { progress, completion, process_id, process: Weak::new() };
        let parents = Pending { process_id: process_id.wrapping_add(1), ..ours.clone() };
        parents.cancel();
        assert!(told.try_recv().is_err());
        ours.cancel();
        assert_eq!(told.try_recv().unwrap().unwrap_err().kind(), crate::ErrorKind::Cancelled);
    }
}
