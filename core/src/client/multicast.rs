//! One message to each of several recipients: the look-up of users' peers, then a batch of sends, all within one deadline.

use std::borrow::Cow;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Instant;

use roomcast_process_local::generation;

use crate::api::{
    ApiRequest, Message, MulticastPlan, MulticastRecipient, MulticastRequest, Operation, Peer, PeerQuery,
    RecipientResult, Response, SendResult,
};
use crate::delivery::{CallContext, PreparedRequest};
use crate::error::{Error, Outcome};
use crate::net::SIGNAL_CHECK;
use crate::runtime::{OperationGuard, OperationKind};

use super::batch::Batch;
use super::batch_options::BatchOptions;
use super::future::ResponseFuture;
use super::pending::{Cancellable, Pending};
use super::{Client, Start};

impl Client {
    /// Sends a message to every peer of a user: one for each device or tab that they joined with. Queries who is in the room,
    /// then sends to each of those peers, all within one timeout. Returns what became of the message, peer by peer: a peer that
    /// left meanwhile stops nobody. With a type or other options, or for several users, use [`MulticastRequest`].
    ///
    /// # Errors
    /// Nothing was sent to anybody: [`NotFound`](crate::ErrorKind::NotFound) if the user has no peer in the room; otherwise as
    /// [`list_peers`](Client::list_peers). [`Cancelled`](crate::ErrorKind::Cancelled), if the caller cancelled all of it, says
    /// whether some of the messages may have been delivered.
    pub fn send_to_user(
        &self,
        room_id: &str,
        user_id: &str,
        message: impl Into<Message>,
    ) -> Result<Vec<RecipientResult>, Error> {
        self.send_multicast(&MulticastRequest::to_user(room_id, user_id, message))
    }

    /// Sends a message to each of several recipients, at most `max_in_flight` at a time, all within one timeout. Returns what
    /// became of it for each, in the order in which they were named.
    ///
    /// # Errors
    /// As [`send_to_user`](Client::send_to_user).
    pub fn send_multicast(&self, request: &MulticastRequest) -> Result<Vec<RecipientResult>, Error> {
        self.execute(Operation::Multicast(Cow::Borrowed(request)))?.try_into()
    }

    /// Sends a message to each of several recipients, as a future for any runtime. Otherwise as
    /// [`send_multicast`](Client::send_multicast). Dropping it cancels those that have not completed.
    pub fn send_multicast_async(&self, request: &MulticastRequest) -> ResponseFuture<Vec<RecipientResult>> {
        self.future(Operation::Multicast(Cow::Borrowed(request)))
    }
}

type OnDone = Box<dyn FnOnce(Result<Response, Error>) + Send>;

/// A multicast under way.
struct Multicast {
    client: Client,
    request: MulticastRequest,
    deadline: Instant,
    context: CallContext,
    state: Mutex<State>,
}

struct State {
    /// With what tells that it is under way.
    on_done: Option<(OnDone, OperationGuard)>,
    stage: Stage,
}

enum Stage {
    /// The query for users' peers; empty until it has started.
    LookUp(Option<Pending>),
    Sending(Sending),
    Done,
}

struct Sending {
    /// Its items are indices of recipients.
    batch: Batch<usize>,
    recipients: Vec<MulticastRecipient>,
    /// How many of them the batch got.
    begun: usize,
    results: Vec<Option<Result<SendResult, Error>>>,
    completed: usize,
}

/// Where the result is left for the thread that waits for it. Not a channel: that allocates a handle of the thread, and the one of
/// a C program's main thread is never freed.
#[derive(Default)]
struct Slot {
    result: Mutex<Option<Result<Response, Error>>>,
    changed: Condvar,
}

impl Slot {
    fn result(&self) -> MutexGuard<'_, Option<Result<Response, Error>>> {
        self.result.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// Performs a multicast, and waits for its result on this thread.
pub(super) fn execute(
    client: &Client,
    context: CallContext,
    request: MulticastRequest,
) -> Result<Response, Error> {
    let slot = Arc::new(Slot::default());
    let done = slot.clone();
    let pending = start(client, context, request, move |result| {
        *done.result() = Some(result);
        done.changed.notify_one();
    })?;
    let interrupted = client.0.delivery.interrupted.as_deref();
    let process = generation();
    loop {
        let result = slot.result();
        let (mut result, timeout) = slot
            .changed
            .wait_timeout_while(result, SIGNAL_CHECK, |result| result.is_none())
            .unwrap_or_else(|e| e.into_inner());
        if let Some(result) = result.take() {
            return result;
        }
        drop(result);
        let is_interrupted = timeout.timed_out() && interrupted.is_some_and(|interrupted| interrupted());
        if generation() != process {
            // It forked, and this is the child. The parent continues; a lock of it may have been left locked.
            mem::forget((slot, pending));
            return Err(Error::cancelled(Outcome::Unknown));
        }
        if is_interrupted {
            pending.cancel();
        }
    }
}

/// Starts a multicast. If it fails, nothing is sent and `on_done` is not called.
pub(super) fn start(
    client: &Client,
    context: CallContext,
    request: MulticastRequest,
    on_done: impl FnOnce(Result<Response, Error>) + Send + 'static,
) -> Result<Pending, Error> {
    let started = Instant::now();
    let refuse = |error| client.refused(|| Operation::Multicast(Cow::Borrowed(&request)).fake_call(), error);
    let plan = request.plan().map_err(refuse)?;
    let guard = client.begin(client.0.per_process.current(), OperationKind::Multicast).map_err(refuse)?;
    let multicast = Arc::new(Multicast {
        client: client.clone(),
        deadline: started + client.timeout_of(request.request.options),
        request,
        context,
        state: Mutex::new(State { on_done: Some((Box::new(on_done), guard)), stage: Stage::LookUp(None) }),
    });
    match plan {
        MulticastPlan::Send(recipients) => multicast.send(recipients),
        MulticastPlan::LookUp { query, users } => multicast.look_up(query, users)?,
    }
    Ok(Pending::of_multicast(multicast))
}

impl Multicast {
    fn look_up(self: &Arc<Self>, query: PeerQuery, users: Vec<String>) -> Result<(), Error> {
        let request = self.client.encode(ApiRequest::ListPeers(Cow::Owned(query)))?.into_owned();
        let start = Start { is_part: true, context: self.context.clone(), ..Start::by(self.deadline) };
        let multicast = self.clone();
        let on_done = move |result: Result<Response, Error>| {
            let peers = result.and_then(Vec::<Peer>::try_from).map_err(Error::before_send);
            match peers.and_then(|peers| MulticastRecipient::peers_of(&users, peers)) {
                Ok(recipients) => multicast.send(recipients),
                Err(error) => finish(multicast.state(), Err(error)),
            }
        };
        let pending = self.client.start_prepared(request, start, on_done).map_err(Error::before_send)?;
        if let Stage::LookUp(query) = &mut self.state().stage {
            *query = Some(pending);
        }
        Ok(())
    }

    fn send(self: &Arc<Self>, recipients: Vec<MulticastRecipient>) {
        let multicast = self.clone();
        let options = BatchOptions::by(self.deadline).context(self.context.clone());
        let batch = Batch::valid(&self.client, options, move |_| multicast.on_result());
        let results = recipients.iter().map(|_| None).collect();
        match &mut self.state().stage {
            stage @ Stage::LookUp(_) => {
                *stage = Stage::Sending(Sending { batch, recipients, begun: 0, results, completed: 0 });
            }
            // It was cancelled.
            _ => return,
        }
        self.advance();
    }

    fn on_result(&self) {
        if catch_unwind(AssertUnwindSafe(|| self.advance())).is_err() {
            finish(self.state(), Err(Error::panicked(Outcome::Unknown)));
        }
    }

    /// Collects the results that are there, and starts the sends that may start.
    fn advance(&self) {
        loop {
            let mut state = self.state();
            let Stage::Sending(sending) = &mut state.stage else { return };
            sending.collect();
            if sending.completed == sending.recipients.len() {
                let results = sending.take_results();
                return finish(state, Ok(Response::Recipients(results)));
            }
            let Some((index, recipient)) = sending.next() else { return };
            let batch = sending.batch.clone();
            // A send may complete at once, and come here again.
            drop(state);
            let request = match recipient.absent() {
                Some(error) => Err(error),
                None => {
                    let request = self.request.send_to(&recipient);
                    let request = ApiRequest::SendMessage(Cow::Owned(request));
                    self.client.encode(request).map(PreparedRequest::into_owned)
                }
            };
            batch.start_prepared(index, request);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl Cancellable for Multicast {
    fn cancel(&self) {
        let stage = mem::replace(&mut self.state().stage, Stage::Done);
        let outcome = match stage {
            Stage::Done => return,
            Stage::LookUp(pending) => {
                if let Some(pending) = pending {
                    pending.cancel();
                }
                Outcome::NotSent
            }
            Stage::Sending(mut sending) => {
                sending.batch.cancel();
                sending.collect();
                sending.outcome()
            }
        };
        finish(self.state(), Err(Error::cancelled(outcome)));
    }

    fn is_complete(&self) -> bool {
        matches!(self.state().stage, Stage::Done)
    }
}

/// Completes a multicast, unless it is complete. The state is locked since the result is known: a cancel that comes now comes
/// too late.
fn finish(mut state: MutexGuard<'_, State>, result: Result<Response, Error>) {
    // The batch refers to the multicast, and this to the batch.
    let stage = mem::replace(&mut state.stage, Stage::Done);
    let on_done = state.on_done.take();
    drop(state);
    drop(stage);
    if let Some((on_done, guard)) = on_done {
        on_done(result);
        drop(guard);
    }
}

impl Sending {
    fn collect(&mut self) {
        while let Some((index, result)) = self.batch.take() {
            self.results[index] = Some(result);
            self.completed += 1;
        }
    }

    /// The next recipient to send to, if the batch has place for it.
    fn next(&mut self) -> Option<(usize, MulticastRecipient)> {
        let recipient = self.recipients.get(self.begun).filter(|_| !self.batch.is_full())?.clone();
        self.begun += 1;
        Some((self.begun - 1, recipient))
    }

    fn take_results(&mut self) -> Vec<RecipientResult> {
        let recipients = mem::take(&mut self.recipients).into_iter();
        let results = mem::take(&mut self.results).into_iter().flatten();
        recipients.zip(results).map(|(recipient, result)| recipient.with_result(result)).collect()
    }

    /// What is known of all messages together, after the rest was cancelled.
    fn outcome(&self) -> Outcome {
        let was_sent = |result: &Result<SendResult, Error>| match result {
            Ok(_) => true,
            Err(error) => error.outcome() == Outcome::Unknown,
        };
        // One that is completing at this moment has no result here.
        match !self.batch.is_idle() || self.results.iter().flatten().any(was_sent) {
            true => Outcome::Unknown,
            false => Outcome::NotSent,
        }
    }
}
