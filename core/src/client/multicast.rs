//! One message to each of several recipients: the look-up of users' peers, then a batch of sends, all within one deadline.

use std::borrow::Cow;
use std::mem;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use crate::api::{
    ApiRequest, MulticastPlan, MulticastRecipient, MulticastRequest, Peer, PeerQuery, RecipientResult,
    Response, SendResult,
};
use crate::delivery::{LogScope, PreparedRequest};
use crate::error::{Error, Outcome};
use crate::net::SIGNAL_CHECK;

use super::batch::Batch;
use super::batch_options::BatchOptions;
use super::pending::Pending;
use super::{Client, Start};

type OnDone = Box<dyn FnOnce(Result<Response, Error>) + Send>;

/// A multicast under way.
pub(super) struct Multicast {
    client: Client,
    request: MulticastRequest,
    deadline: Instant,
    log_scope: Option<LogScope>,
    state: Mutex<State>,
}

struct State {
    on_done: Option<OnDone>,
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

/// Performs a multicast, and waits for its result on this thread.
pub(super) fn execute(
    client: &Client,
    request: MulticastRequest,
    log_scope: Option<LogScope>,
) -> Result<Response, Error> {
    let (done, result) = mpsc::channel();
    let pending = start(client, request, log_scope, move |result| drop(done.send(result)))?;
    let interrupted = client.0.delivery.interrupted.as_deref();
    loop {
        match result.recv_timeout(SIGNAL_CHECK) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Timeout) if interrupted.is_some_and(|interrupted| interrupted()) => {
                pending.cancel();
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(Error::panicked(Outcome::Unknown)),
        }
    }
}

/// Starts a multicast. If it fails, nothing is sent and `on_done` is not called.
pub(super) fn start(
    client: &Client,
    request: MulticastRequest,
    log_scope: Option<LogScope>,
    on_done: impl FnOnce(Result<Response, Error>) + Send + 'static,
) -> Result<Pending, Error> {
    let started = Instant::now();
    let plan = request.plan()?;
    client.check_open()?;
    let multicast = Arc::new(Multicast {
        client: client.clone(),
        deadline: started + client.timeout_of(request.options),
        request,
        log_scope,
        state: Mutex::new(State { on_done: Some(Box::new(on_done)), stage: Stage::LookUp(None) }),
    });
    match plan {
        MulticastPlan::Send(recipients) => multicast.send(recipients),
        MulticastPlan::LookUp { query, users } => multicast.look_up(query, users)?,
    }
    Ok(Pending::of_multicast(multicast))
}

impl Multicast {
    fn look_up(self: &Arc<Self>, query: PeerQuery, users: Vec<String>) -> Result<(), Error> {
        let request = self.client.prepare(ApiRequest::ListPeers(Cow::Owned(query)))?.into_owned();
        let start = Start { log_scope: self.log_scope.clone(), ..Start::by(self.deadline) };
        let multicast = self.clone();
        let on_done = move |result: Result<Response, Error>| {
            let peers = result.and_then(Vec::<Peer>::try_from).map_err(Error::before_send);
            match peers.and_then(|peers| MulticastRecipient::peers_of(&users, peers)) {
                Ok(recipients) => multicast.send(recipients),
                Err(error) => multicast.finish(Err(error)),
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
        let options = BatchOptions::by(self.deadline).log_scope(self.log_scope.clone());
        let batch = Batch::valid(&self.client, options, move |_| multicast.advance());
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

    /// Collects the results that are there, and starts the sends that may start.
    fn advance(&self) {
        loop {
            let mut state = self.state();
            let Stage::Sending(sending) = &mut state.stage else { return };
            sending.collect();
            if sending.completed == sending.recipients.len() {
                let results = sending.take_results();
                drop(state);
                return self.finish(Ok(Response::Recipients(results)));
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

    fn finish(&self, result: Result<Response, Error>) {
        let mut state = self.state();
        // The batch refers to this, and this to the batch.
        let stage = mem::replace(&mut state.stage, Stage::Done);
        let on_done = state.on_done.take();
        drop(state);
        drop(stage);
        if let Some(on_done) = on_done {
            on_done(result);
        }
    }

    /// As [`Pending::cancel`].
    pub(super) fn cancel(&self) {
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
        self.finish(Err(Error::cancelled(outcome)));
    }

    pub(super) fn is_complete(&self) -> bool {
        matches!(self.state().stage, Stage::Done)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
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
