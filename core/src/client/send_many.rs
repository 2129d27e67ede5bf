//! Many sends, as an iterator over their results.

use std::fmt;
use std::sync::Arc;

use crate::api::{Request, SendResult};
use crate::error::{Error, Outcome};

use super::Client;
use super::batch::{Batch, Progress};
use super::batch_options::BatchOptions;

impl Client {
    /// Sends any number of messages, to any rooms and recipients: at most `max_in_flight` at a time, each with a timeout of its
    /// own, which counts from its first attempt. Returns an iterator over the results, in the order in which they complete;
    /// it takes the next message when it can send it. See [`SendMany`].
    pub fn send_many<I>(&self, items: I) -> SendMany<I::IntoIter>
    where
        I: IntoIterator,
        I::Item: AsRef<Request> + Send + 'static,
    {
        let batch = Batch::valid(self, BatchOptions::default(), |_| {});
        SendMany::new(batch, items.into_iter())
    }

    /// As [`send_many`](Client::send_many), with options: a rate, and how many are in flight.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest): an option is out of range.
    pub fn send_many_with<I>(&self, options: BatchOptions, items: I) -> Result<SendMany<I::IntoIter>, Error>
    where
        I: IntoIterator,
        I::Item: AsRef<Request> + Send + 'static,
    {
        Ok(SendMany::new(Batch::new(self, options, |_| {})?, items.into_iter()))
    }
}

/// The results of many sends, in the order in which they complete, returned by
/// [`Client::send_many`](crate::Client::send_many).
///
/// An item is anything that refers to a [`Request`], or the request itself. It is taken from the caller's iterator when it can
/// be sent, so any number of them takes a bounded amount of memory: at most `max_in_flight` are in flight, and as many are queued
/// or wait as results. While some are queued, results are yielded several at a time, at most 50 ms after they completed. A message that cannot be sent stops no other. One 429 pauses all sends of the client, once. Each item has one result:
///
/// ```no_run
/// # fn example(client: &roomcast::Client, requests: Vec<roomcast::Request>) {
/// let mut again = Vec::new();
/// for item in client.send_many(requests) {
///     match item.result {
///         Ok(_) => {}
///         Err(error) if error.outcome() == roomcast::Outcome::NotSent => again.push(item.item),
///         Err(error) => eprintln!("{error}"),
///     }
/// }
/// # }
/// ```
///
/// Dropping it cancels the sends that are under way.
#[must_use = "messages are sent while the results are taken"]
pub struct SendMany<I>
where
    I: Iterator,
    I::Item: AsRef<Request> + Send + 'static,
{
    batch: Batch<I::Item>,
    /// None after its end.
    items: Option<I>,
}

/// What became of one item of many.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ItemResult<T> {
    /// The item, as it was given: to be sent again, if it was not sent.
    pub item: T,
    /// Whether the server accepted it.
    pub result: Result<SendResult, Error>,
}

impl<T> ItemResult<T> {
    /// What is known of a message that was not accepted.
    pub fn outcome(&self) -> Option<Outcome> {
        self.result.as_ref().err().map(Error::outcome)
    }
}

impl<I> SendMany<I>
where
    I: Iterator,
    I::Item: AsRef<Request> + Send + 'static,
{
    pub(super) fn new(batch: Batch<I::Item>, items: I) -> Self {
        SendMany { batch, items: Some(items) }
    }

    /// How many have completed by now.
    pub fn progress(&self) -> Progress {
        self.batch.progress()
    }

    /// For other threads, while this one takes the results.
    pub fn handle(&self) -> BatchHandle {
        BatchHandle::new(&self.batch)
    }

    /// Starts items until a result is there, or no more may be under way. At least one, if it may: so as many stay under way
    /// while results are taken, and results do not wait for a slow iterator to yield all that may be under way.
    fn fill(&mut self) {
        while let Some(items) = self.items.as_mut().filter(|_| !self.batch.is_full()) {
            match items.next() {
                None => self.items = None,
                Some(item) => self.batch.start_item(item),
            }
            if self.batch.has_result() {
                return;
            }
        }
    }
}

impl<I> Iterator for SendMany<I>
where
    I: Iterator,
    I::Item: AsRef<Request> + Send + 'static,
{
    type Item = ItemResult<I::Item>;

    fn next(&mut self) -> Option<Self::Item> {
        self.fill();
        self.batch.wait();
        self.batch.take().map(|(item, result)| ItemResult { item, result })
    }
}

impl<I> Drop for SendMany<I>
where
    I: Iterator,
    I::Item: AsRef<Request> + Send + 'static,
{
    fn drop(&mut self) {
        self.batch.cancel();
    }
}

impl<I> fmt::Debug for SendMany<I>
where
    I: Iterator,
    I::Item: AsRef<Request> + Send + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendMany").field("progress", &self.progress()).finish_non_exhaustive()
    }
}

/// Cancels many sends, or says how far they are, from any thread.
#[derive(Clone)]
pub struct BatchHandle(Arc<dyn Control>);

trait Control: Send + Sync {
    fn cancel(&self);
    fn progress(&self) -> Progress;
}

impl<T: Send + 'static> Control for Batch<T> {
    fn cancel(&self) {
        Batch::cancel(self);
    }

    fn progress(&self) -> Progress {
        Batch::progress(self)
    }
}

impl BatchHandle {
    pub(super) fn new<T: Send + 'static>(batch: &Batch<T>) -> Self {
        BatchHandle(Arc::new(batch.clone()))
    }

    /// Cancels the sends that are under way, and sends no more. Those that are left are still taken from the caller's iterator,
    /// if the results are, and each has its result: [`Cancelled`](crate::ErrorKind::Cancelled), `NotSent`.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// How many have completed by now.
    pub fn progress(&self) -> Progress {
        self.0.progress()
    }
}

impl fmt::Debug for BatchHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchHandle").field("progress", &self.progress()).finish()
    }
}
