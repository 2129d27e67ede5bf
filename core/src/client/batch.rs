//! Many sends at a time: how many are under way, at which rate they begin, and what they end with.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use roomcast_process_local::generation;

use crate::api::{ApiRequest, Operation, Request, SendResult};
use crate::delivery::{CallContext, PreparedRequest};
use crate::error::{Error, ErrorKind, Outcome};
use crate::net::SIGNAL_CHECK;

use super::batch_options::BatchOptions;
use super::pending::Pending;
use super::{Client, Start};

/// For language bindings: sends of a batch, each with an item of the caller's. The caller starts them while the batch is not
/// [full](Batch::is_full), and takes the results as they complete; so a batch holds a bounded number of items, however many
/// there are. Items are dropped on any thread. In a forked child, its parent's batch has no place, and nothing to wait for: the
/// parent continues it.
pub struct Batch<T: Send + 'static>(Arc<Shared<T>>);

struct Shared<T: Send + 'static> {
    client: Client,
    options: BatchOptions,
    /// The most sends in flight, and the most results that wait to be taken.
    limit: usize,
    /// The most sends under way: in flight, or queued by the client.
    max_under_way: usize,
    on_result: OnResult<T>,
    /// Of the process that performs the sends.
    generation: u64,
    state: Mutex<State<T>>,
    changed: Condvar,
}

/// How many results a thread is woken for, while the client has queued sends; it looks for fewer every [`SIGNAL_CHECK`]. Waking
/// it for each one costs as much as a third of a send.
const WAKE_AFTER: usize = 8;

type OnResult<T> = Box<dyn Fn(&Batch<T>) + Send + Sync>;

struct State<T> {
    next_id: u64,
    /// Each with what cancels it, once it has started.
    under_way: HashMap<u64, (T, Option<Pending>)>,
    completed: VecDeque<(T, Result<SendResult, Error>)>,
    /// When the next send may begin.
    next_begin: Instant,
    is_cancelled: bool,
    /// A thread waits for a result, and was not woken yet. Otherwise waking it is a system call for nothing.
    is_awaited: bool,
    progress: Progress,
}

/// How many sends of a batch have completed, and how they ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Progress {
    /// All that have completed.
    pub completed: u64,
    /// Those that the server accepted.
    pub accepted: u64,
    /// Those that failed with [`Outcome::NotSent`].
    pub not_sent: u64,
    /// Those that failed with [`Outcome::Rejected`].
    pub rejected: u64,
    /// Those that failed with [`Outcome::Unknown`].
    pub unknown: u64,
}

impl Progress {
    fn count(&mut self, result: &Result<SendResult, Error>) {
        self.completed += 1;
        *match result.as_ref().map_err(Error::outcome) {
            Ok(_) => &mut self.accepted,
            Err(Outcome::NotSent) => &mut self.not_sent,
            Err(Outcome::Rejected) => &mut self.rejected,
            Err(Outcome::Unknown) => &mut self.unknown,
        } += 1;
    }
}

impl<T: Send + 'static> Batch<T> {
    /// A batch without sends yet. `on_result` is called after each result of a send that was started, on the thread that
    /// completes it: it should be short.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest): an option is out of range.
    pub fn new(
        client: &Client,
        options: BatchOptions,
        on_result: impl Fn(&Batch<T>) + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        options.validate()?;
        Ok(Batch::valid(client, options, on_result))
    }

    /// With options that are valid.
    pub(super) fn valid(
        client: &Client,
        options: BatchOptions,
        on_result: impl Fn(&Batch<T>) + Send + Sync + 'static,
    ) -> Self {
        let state = State {
            next_id: 0,
            under_way: HashMap::new(),
            completed: VecDeque::new(),
            next_begin: Instant::now(),
            is_cancelled: false,
            is_awaited: false,
            progress: Progress::default(),
        };
        let limit = options.max_in_flight.map_or(client.transport().max_in_flight, |limit| limit as usize);
        // What the client has queued, it begins without a switch to the thread that takes the results.
        let queues = options.max_in_flight.is_none() && options.interval().is_none();
        Batch(Arc::new(Shared {
            limit,
            max_under_way: if queues { 2 * limit } else { limit },
            client: client.clone(),
            options,
            on_result: Box::new(on_result),
            generation: generation(),
            state: Mutex::new(state),
            changed: Condvar::new(),
        }))
    }

    /// The client that sends.
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// Whether another send has to wait for a result: for one that is taken, if enough have completed.
    pub fn is_full(&self) -> bool {
        let Some(state) = self.own_state() else { return true };
        let (under_way, completed) = (state.under_way.len(), state.completed.len());
        under_way >= self.0.max_under_way
            || completed >= self.0.limit
            || under_way + completed >= 2 * self.0.limit
    }

    /// The most sends in flight, and the most results that wait. A binding that takes results before its caller does, so that it
    /// is not [full](Batch::is_full) of them, holds no more of them itself.
    pub fn limit(&self) -> usize {
        self.0.limit
    }

    /// The most sends under way: in flight, or queued by the client.
    pub fn max_under_way(&self) -> usize {
        self.0.max_under_way
    }

    /// Whether nothing is under way and no result waits to be taken.
    pub fn is_idle(&self) -> bool {
        let Some(state) = self.own_state() else { return true };
        state.under_way.is_empty() && state.completed.is_empty()
    }

    /// Starts the send of an item. If it cannot be started, that is its result, as is the error that is given instead of an
    /// operation; `on_result` is not called then.
    pub fn start(&self, item: T, operation: Result<Operation<'_>, Error>) {
        self.start_in(self.0.options.context.clone(), item, operation);
    }

    /// [`start`](Batch::start), with what this send carries along, in place of what the batch's options say.
    pub fn start_in(&self, context: CallContext, item: T, operation: Result<Operation<'_>, Error>) {
        let request = operation.and_then(|operation| self.prepare(operation));
        self.start_prepared_in(context, item, request);
    }

    /// Starts an item that says itself what is sent.
    pub(super) fn start_item(&self, item: T)
    where
        T: AsRef<Request>,
    {
        let request = ApiRequest::SendMessage(Cow::Borrowed(item.as_ref()));
        let request = self.prepare(request.into());
        self.start_prepared(item, request);
    }

    fn prepare(&self, operation: Operation<'_>) -> Result<PreparedRequest<'static>, Error> {
        match operation {
            Operation::Api(request @ ApiRequest::SendMessage(_)) => {
                self.0.client.encode(request).map(PreparedRequest::into_owned)
            }
            _ => Err(Error::new(ErrorKind::Internal, Outcome::NotSent, "a batch has sends only")),
        }
    }

    pub(super) fn start_prepared(&self, item: T, request: Result<PreparedRequest<'static>, Error>) {
        self.start_prepared_in(self.0.options.context.clone(), item, request);
    }

    fn start_prepared_in(
        &self,
        context: CallContext,
        item: T,
        request: Result<PreparedRequest<'static>, Error>,
    ) {
        let Some(mut state) = self.own_state() else { return };
        let id = state.next_id;
        state.next_id += 1;
        state.under_way.insert(id, (item, None));
        let is_cancelled = state.is_cancelled;
        drop(state);
        let started = match is_cancelled {
            true => Err(Error::cancelled_before_start()),
            false => request.and_then(|request| self.send(id, context, request)),
        };
        let mut state = self.state();
        let pending = match started {
            Ok(pending) => pending,
            Err(error) => {
                drop(state);
                return self.complete(id, Err(error));
            }
        };
        if state.is_cancelled {
            // Meanwhile.
            drop(state);
            pending.cancel();
        } else if let Some((_, cancel)) = state.under_way.get_mut(&id) {
            // Otherwise it has completed already.
            *cancel = Some(pending);
        }
    }

    fn send(
        &self,
        id: u64,
        context: CallContext,
        request: PreparedRequest<'static>,
    ) -> Result<Pending, Error> {
        let Shared { client, options, .. } = &*self.0;
        let begin_at = options.interval().map(|interval| self.state().next_begin(interval));
        let start =
            Start { deadline: options.deadline, begin_at, is_part: options.deadline.is_some(), context };
        let batch = self.clone();
        client.start_prepared(request, start, move |result| {
            batch.complete(id, result.and_then(TryInto::try_into));
            (batch.0.on_result)(&batch);
        })
    }

    fn complete(&self, id: u64, result: Result<SendResult, Error>) {
        let mut state = self.state();
        state.complete(id, result);
        // While the client has queued sends, nothing waits for the thread.
        let can_wait = state.under_way.len() > self.0.limit && state.completed.len() < WAKE_AFTER;
        if !can_wait && mem::take(&mut state.is_awaited) {
            drop(state);
            self.0.changed.notify_all();
        }
    }

    /// Whether there is a result to take.
    pub fn has_result(&self) -> bool {
        self.own_state().is_some_and(|state| !state.completed.is_empty())
    }

    /// Takes the next result, if there is one.
    pub fn take(&self) -> Option<(T, Result<SendResult, Error>)> {
        self.own_state()?.completed.pop_front()
    }

    /// Waits until there is a result to take. False if none will come, or if a signal interrupts.
    pub fn wait(&self) -> bool {
        let interrupted = self.0.client.0.delivery.interrupted.as_deref();
        let Some(mut state) = self.own_state() else { return false };
        while state.completed.is_empty() && !state.under_way.is_empty() {
            state.is_awaited = true;
            let (woken, timeout) =
                self.0.changed.wait_timeout(state, SIGNAL_CHECK).unwrap_or_else(|e| e.into_inner());
            state = woken;
            if timeout.timed_out()
                && let Some(interrupted) = interrupted
            {
                drop(state);
                let is_interrupted = interrupted();
                // It may have forked.
                match self.own_state() {
                    Some(locked) if !is_interrupted => state = locked,
                    _ => return false,
                }
            }
        }
        !state.completed.is_empty()
    }

    /// Cancels the sends that are under way; those that are started from now on are not sent. Each has its result.
    pub fn cancel(&self) {
        let Some(mut state) = self.own_state() else { return };
        state.is_cancelled = true;
        let under_way = state.under_way.iter();
        let mut pending: Vec<_> =
            under_way.filter_map(|(id, (_, pending))| Some((*id, pending.clone()?))).collect();
        drop(state);
        // The last ones first: they are queued, and would begin in the places of the others.
        pending.sort_unstable_by_key(|(id, _)| Reverse(*id));
        for (_, pending) in pending {
            pending.cancel();
        }
    }

    /// How many sends have completed by now.
    pub fn progress(&self) -> Progress {
        self.own_state().map_or(Progress::default(), |state| state.progress)
    }

    /// None in a forked child: a lock of its parent may have been left locked, and nothing completes.
    fn own_state(&self) -> Option<MutexGuard<'_, State<T>>> {
        (self.0.generation == generation()).then(|| self.state())
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.0.state.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl<T> State<T> {
    fn complete(&mut self, id: u64, result: Result<SendResult, Error>) {
        if let Some((item, _)) = self.under_way.remove(&id) {
            self.progress.count(&result);
            self.completed.push_back((item, result));
        }
    }

    /// When one more send may begin.
    fn next_begin(&mut self, interval: Duration) -> Instant {
        // What was not used in time is not made up for.
        let begin_at = self.next_begin.max(Instant::now());
        self.next_begin = begin_at + interval;
        begin_at
    }
}

impl<T: Send + 'static> Clone for Batch<T> {
    fn clone(&self) -> Self {
        Batch(self.0.clone())
    }
}

impl<T: Send + 'static> fmt::Debug for Batch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Batch")
    }
}
