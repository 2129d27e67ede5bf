//! Many sends, as a stream of any runtime.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

use crate::api::Request;
use crate::error::Error;

use super::Client;
use super::batch::{Batch, Progress};
use super::batch_options::BatchOptions;
use super::send_many::{BatchHandle, ItemResult};

impl Client {
    /// As [`send_many`](Client::send_many), for asynchronous code on any runtime: takes a stream of messages, and returns one of
    /// the results. Of an iterator, `futures_util::stream::iter` makes a stream.
    pub fn send_many_async<S>(&self, items: S) -> SendManyStream<S>
    where
        S: Stream,
        S::Item: AsRef<Request> + Send + 'static,
    {
        SendManyStream::valid(self, BatchOptions::default(), items)
    }

    /// As [`send_many_async`](Client::send_many_async), with options.
    ///
    /// # Errors
    /// As [`send_many_with`](Client::send_many_with).
    pub fn send_many_with_async<S>(&self, options: BatchOptions, items: S) -> Result<SendManyStream<S>, Error>
    where
        S: Stream,
        S::Item: AsRef<Request> + Send + 'static,
    {
        options.validate()?;
        Ok(SendManyStream::valid(self, options, items))
    }
}

/// The results of many sends, as a stream of any runtime, returned by
/// [`Client::send_many_async`](crate::Client::send_many_async). Otherwise as [`SendMany`](crate::SendMany): results that
/// complete are yielded also while the caller's stream has no next item yet.
///
/// Dropping it cancels the sends that are under way.
#[must_use = "messages are sent while the results are taken"]
pub struct SendManyStream<S>
where
    S: Stream,
    S::Item: AsRef<Request> + Send + 'static,
{
    batch: Batch<S::Item>,
    waker: Arc<WakerSlot>,
    /// None after its end.
    items: Option<Pin<Box<S>>>,
}

/// What wakes the task that awaits the next result.
#[derive(Default)]
struct WakerSlot(Mutex<Option<Waker>>);

impl WakerSlot {
    fn set(&self, waker: &Waker) {
        let mut slot = self.slot();
        match &mut *slot {
            Some(known) => known.clone_from(waker),
            None => *slot = Some(waker.clone()),
        }
    }

    fn wake(&self) {
        // Not under the lock: a waker may poll at once.
        let waker = self.slot().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn slot(&self) -> MutexGuard<'_, Option<Waker>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl<S> SendManyStream<S>
where
    S: Stream,
    S::Item: AsRef<Request> + Send + 'static,
{
    /// With options that are valid.
    pub(super) fn valid(client: &Client, options: BatchOptions, items: S) -> Self {
        let waker = Arc::<WakerSlot>::default();
        let on_result = waker.clone();
        let batch = Batch::valid(client, options, move |_| on_result.wake());
        SendManyStream { batch, waker, items: Some(Box::pin(items)) }
    }

    /// How many have completed by now.
    pub fn progress(&self) -> Progress {
        self.batch.progress()
    }

    /// For other tasks and threads, while this one takes the results.
    pub fn handle(&self) -> BatchHandle {
        BatchHandle::new(&self.batch)
    }

    /// Starts items until a result is there, no more may be under way, or the next item is not there yet.
    fn fill(&mut self, context: &mut Context<'_>) {
        while let Some(items) = self.items.as_mut().filter(|_| !self.batch.is_full()) {
            match items.as_mut().poll_next(context) {
                Poll::Pending => return,
                Poll::Ready(None) => self.items = None,
                Poll::Ready(Some(item)) => self.batch.start_item(item),
            }
            if self.batch.has_result() {
                return;
            }
        }
    }
}

impl<S> Stream for SendManyStream<S>
where
    S: Stream,
    S::Item: AsRef<Request> + Send + 'static,
{
    type Item = ItemResult<S::Item>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // First, so that a result that comes meanwhile wakes the task.
        self.waker.set(context.waker());
        self.fill(context);
        match self.batch.take() {
            Some((item, result)) => Poll::Ready(Some(ItemResult { item, result })),
            None if self.items.is_none() && self.batch.is_idle() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

impl<S> Drop for SendManyStream<S>
where
    S: Stream,
    S::Item: AsRef<Request> + Send + 'static,
{
    fn drop(&mut self) {
        self.batch.cancel();
    }
}

impl<S> fmt::Debug for SendManyStream<S>
where
    S: Stream,
    S::Item: AsRef<Request> + Send + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendManyStream").field("progress", &self.progress()).finish_non_exhaustive()
    }
}
