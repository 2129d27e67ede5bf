//! The operations that the reactor took over: queued, in flight, delayed, completed.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mio::Registry;

use crate::api::Response;
use crate::delivery::{Completer, Completion, Step, catch_panic};
use crate::error::{Error, ErrorKind, Outcome};
use crate::faultpoint::faultpoint;
use crate::net::{Attempt, Exchange, Failure, FailureKind, IdleLimit, Io, SendState, deadline_passed};

use super::blocking_jobs::{Answered, BlockingJob, BlockingThreads, Work};
use super::command::{Command, Mailbox};
use super::connections::Connections;
use super::delayed::Delayed;
use super::queue::Queue;
use super::task::{ActiveAttempt, Connected, Evaluated, InFlight, Task};

/// A longer response, in bytes, is parsed on another thread: it takes longer than waking that thread.
const SHORT_RESPONSE: usize = 16 * 1024;

/// How long after its deadline a connect ends here. The thread that connects comes first: it can say what it waited for.
const CONNECT_GRACE: Duration = Duration::from_millis(500);

/// The scheduler, while the reactor has a thread. Other threads may use it, too, if it is not locked.
pub(super) type SharedScheduler = Arc<Mutex<Option<Scheduler>>>;

/// An operation's callback and its result.
type Completed = (Completer, Result<Response, Error>);

/// What the scheduler keeps of a task whose response is parsed on another thread: enough to complete it at its deadline.
struct Parsing {
    state: Arc<SendState>,
    completion: Arc<Completion>,
}

pub(super) struct Scheduler {
    mailbox: Arc<Mailbox>,
    connecting_threads: Arc<BlockingThreads>,
    parsing_threads: Arc<BlockingThreads>,
    max_in_flight: usize,
    queue: Queue,
    /// Tasks with a place: those that connect, those on a connection, and those whose response is parsed.
    in_flight: InFlight,
    /// Tasks for which a connection is being opened, by their ids.
    connecting: BTreeMap<u64, Box<Task>>,
    /// Tasks whose response is parsed on another thread, by their ids.
    parsing: BTreeMap<u64, Parsing>,
    connections: Connections,
    /// Connections that may have more to read, after others had their turn.
    yielded: Vec<usize>,
    delayed: Delayed,
    /// Results whose callbacks are called at the end of the turn.
    completed: Vec<Completed>,
    /// No deadline and no retry is due before this.
    next_check: Option<Instant>,
}

impl Scheduler {
    pub(super) fn new(
        registry: Registry,
        mailbox: Arc<Mailbox>,
        connecting_threads: Arc<BlockingThreads>,
        parsing_threads: Arc<BlockingThreads>,
        in_flight: InFlight,
        max_in_flight: usize,
        idle_limit: Arc<IdleLimit>,
    ) -> Self {
        Scheduler {
            mailbox,
            connecting_threads,
            parsing_threads,
            max_in_flight,
            queue: Queue::default(),
            in_flight,
            connecting: BTreeMap::new(),
            parsing: BTreeMap::new(),
            connections: Connections::new(registry, max_in_flight, idle_limit),
            yielded: Vec::new(),
            delayed: Delayed::default(),
            completed: Vec::new(),
            next_check: None,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.in_flight.count() == 0 && !self.has_waiting()
    }

    /// Whether starting the task takes no more than writing its request, which is short enough not to delay its caller.
    pub(super) fn can_start_now(&self, task: &Task) -> bool {
        let is_free =
            self.has_place() && self.queue.is_empty() && self.connections.has_usable(Instant::now());
        is_free
            && task.begin_at.is_none()
            && task.delivery.is_short()
            && task.delivery.rate_limit().is_open(Instant::now())
    }

    fn has_place(&self) -> bool {
        self.in_flight.count() < self.max_in_flight
    }

    /// When the reactor's thread has to run at the latest, if no socket becomes ready.
    pub(super) fn due(&self) -> Option<Instant> {
        if self.yielded.is_empty() && self.completed.is_empty() {
            self.next_check
        } else {
            Some(Instant::now())
        }
    }

    pub(super) fn take_completed(&mut self) -> Vec<Completed> {
        mem::take(&mut self.completed)
    }

    /// Continues with the connections that yielded.
    pub(super) fn resume_yielded(&mut self) {
        for id in mem::take(&mut self.yielded) {
            self.on_ready(id);
        }
    }

    pub(super) fn execute(&mut self, command: Command) {
        match command {
            Command::Start(task) => self.start(task),
            Command::Connected(connected) => self.on_connected(*connected),
            Command::Evaluated(evaluated) => self.on_evaluated(*evaluated),
            Command::Cancelled(task) => self.on_cancelled(task),
            Command::CancelAll => self.cancel_all(),
            Command::Wake => self.next_check = Some(Instant::now()),
        }
    }

    /// Begins a task, or queues it.
    pub(super) fn start(&mut self, task: Box<Task>) {
        if let Some(error) = task.delivery.pauses_for_too_long() {
            return self.complete(*task, Err(error));
        }
        if let Some(begin_at) = task.begin_at.filter(|begin_at| *begin_at > Instant::now()) {
            self.check_at(begin_at);
            return self.delayed.insert(begin_at, task);
        }
        if self.has_place() && self.queue.is_empty() {
            match task.delivery.rate_limit().admit(Instant::now()) {
                Ok(()) => return self.begin_attempt(task),
                Err(later) => self.check_at(later),
            }
        }
        if let Some(deadline) = task.delivery.state.deadline() {
            self.check_at(deadline);
        }
        self.queue.insert(task);
    }

    /// Begins queued tasks, up to `max_in_flight` and as quickly as the server accepts them.
    pub(super) fn start_queued(&mut self) {
        while self.has_place()
            && let Some(first) = self.queue.first()
        {
            if let Err(later) = first.delivery.rate_limit().admit(Instant::now()) {
                return self.check_at(later);
            }
            if let Some(task) = self.queue.pop_first() {
                self.begin_attempt(task);
            }
        }
    }

    /// Gives up the place of a cancelled task. One on a connection ends with its socket, which was shut down; the result of
    /// one whose response is parsed is dropped.
    fn on_cancelled(&mut self, id: u64) {
        let waiting = self.queue.remove(id).or_else(|| self.connecting.remove(&id));
        if let Some(task) = waiting.or_else(|| self.delayed.remove(id)) {
            self.complete(*task, Err(Error::cancelled(Outcome::NotSent)));
        }
    }

    /// A connection's socket is ready.
    pub(super) fn on_ready(&mut self, id: usize) {
        match self.connections.take_active(id) {
            Some(active) => self.advance(id, active),
            None => self.connections.on_idle_event(id),
        }
    }

    fn begin_attempt(&mut self, mut task: Box<Task>) {
        task.place = Some(self.in_flight.take_place());
        let state = task.delivery.state.clone();
        if let Ok(Err(error)) | Err(error) = catch_panic(&state, || task.delivery.begin_attempt()) {
            return self.complete(*task, Err(error));
        }
        match catch_panic(&state, || task.delivery.attempt_with_fake_server()) {
            Ok(None) => {}
            Ok(Some(Ok(step))) => return self.on_evaluated(Evaluated { task, step: Ok(step) }),
            Ok(Some(Err(error))) | Err(error) => return self.complete(*task, Err(error)),
        }
        match self.find_open_connection(&state) {
            Err(error) => self.complete(*task, Err(error)),
            Ok(Some(id)) => self.use_connection(id, task),
            Ok(None) => self.connect(task),
        }
    }

    fn connect(&mut self, task: Box<Task>) {
        let (backend, state) = (task.delivery.backend.clone(), task.delivery.state.clone());
        let work = Work::Connect { task: task.id, backend, state };
        if self.connecting_threads.submit(BlockingJob { mailbox: self.mailbox.clone(), work }).is_err() {
            let what = "the system gives no thread for connecting";
            return self.end_attempt(task, None, Failure::new(FailureKind::Connect, what));
        }
        self.check_at(task.delivery.state.attempt_deadline() + CONNECT_GRACE);
        self.connecting.insert(task.id, task);
    }

    /// Begins the attempt's exchange.
    fn use_connection(&mut self, id: usize, task: Box<Task>) {
        let state = task.delivery.state.clone();
        match catch_panic(&state, || task.delivery.exchange()) {
            Ok(Ok(exchange)) => {
                self.advance(id, ActiveAttempt { task, exchange, attempt: Attempt::new(state) });
            }
            Ok(Err(error)) => {
                // The connection was not used.
                self.connections.release(id, true);
                self.complete(*task, Err(error));
            }
            Err(panicked) => {
                self.connections.close(id);
                self.complete(*task, Err(panicked));
            }
        }
    }

    /// An idle connection that the server has not closed. The error is a panic.
    fn find_open_connection(&mut self, state: &SendState) -> Result<Option<usize>, Error> {
        while let Some((idle, id)) = self.connections.take_idle() {
            let Some(open) = self.connections.get_mut(id) else { continue };
            let probe = || {
                faultpoint!("probe");
                open.connection.is_open_after(idle)
            };
            match catch_panic(state, probe) {
                Ok(true) => return Ok(Some(id)),
                Ok(false) => self.connections.close(id),
                Err(panicked) => {
                    self.connections.close(id);
                    return Err(panicked);
                }
            }
        }
        Ok(None)
    }

    fn on_connected(&mut self, connected: Connected) {
        // Of a task that was cancelled, or whose deadline passed, the connection is closed.
        let Some(task) = self.connecting.remove(&connected.task) else { return };
        let add = |connection| {
            self.connections.add(connection).map_err(|error| Failure::connect("connecting", &error))
        };
        let added =
            connected.opened.and_then(|opened| catch_panic(&task.delivery.state, || opened.and_then(add)));
        match added {
            Ok(Ok(id)) => self.use_connection(id, task),
            Ok(Err(failure)) => self.end_attempt(task, None, failure),
            Err(panicked) => self.complete(*task, Err(panicked)),
        }
    }

    /// Advances an attempt as far as its connection allows.
    fn advance(&mut self, id: usize, mut active: ActiveAttempt) {
        let Some(open) = self.connections.get_mut(id) else { return };
        let state = active.task.delivery.state.clone();
        let advanced = catch_panic(&state, || open.connection.advance(&mut active.exchange, &active.attempt));
        match advanced {
            Ok(Ok(io @ (Io::WouldBlock | Io::Yield))) => {
                if matches!(io, Io::Yield) {
                    self.yielded.push(id);
                }
                let deadline = active.attempt.deadline();
                open.active = Some(active);
                self.check_at(deadline);
            }
            Ok(Ok(Io::Done)) => self.on_response(id, active),
            Ok(Err(failure)) => self.on_failure(id, active, failure),
            Err(panicked) => {
                active.attempt.release_socket();
                self.connections.close(id);
                self.complete(*active.task, Err(panicked));
            }
        }
    }

    fn on_response(&mut self, id: usize, active: ActiveAttempt) {
        let ActiveAttempt { task, mut exchange, attempt } = active;
        let (response, can_reuse) = exchange.take_response();
        attempt.release_socket();
        self.connections.release(id, can_reuse);
        let answered = Answered { task, exchange, response };
        let is_long = answered.response.body.len() > SHORT_RESPONSE && answered.response.is_success();
        if !(is_long && answered.task.delivery.is_query()) {
            return self.on_evaluated(answered.evaluate());
        }
        let Task { id, delivery, completer, .. } = &*answered.task;
        self.parsing
            .insert(*id, Parsing { state: delivery.state.clone(), completion: completer.completion() });
        self.check_at(delivery.state.attempt_deadline());
        let work = Work::Evaluate(Box::new(answered));
        let submitted = self.parsing_threads.submit(BlockingJob { mailbox: self.mailbox.clone(), work });
        if let Err(BlockingJob { work: Work::Evaluate(answered), .. }) = submitted {
            // There is no other thread.
            self.on_evaluated(answered.evaluate());
        }
    }

    fn on_failure(&mut self, id: usize, active: ActiveAttempt, failure: Failure) {
        if let Some(open) = self.connections.get_mut(id) {
            open.connection.failed(&active.exchange, &failure);
        }
        active.attempt.release_socket();
        self.connections.close(id);
        self.end_attempt(active.task, Some(active.exchange), failure);
    }

    fn end_attempt(&mut self, mut task: Box<Task>, exchange: Option<Exchange>, failure: Failure) {
        let state = task.delivery.state.clone();
        let step = catch_panic(&state, || task.delivery.end_attempt(exchange, Err(failure)));
        self.on_evaluated(Evaluated { task, step });
    }

    fn on_evaluated(&mut self, evaluated: Evaluated) {
        let Evaluated { mut task, step } = evaluated;
        self.parsing.remove(&task.id);
        match step {
            Ok(Step::Done(result)) => self.complete(*task, result),
            Ok(Step::RetryAfter(_)) if task.delivery.state.is_cancelled() => {
                self.complete(*task, Err(Error::cancelled(Outcome::NotSent)));
            }
            Ok(Step::RetryAfter(wait)) => {
                task.place = None;
                let due = Instant::now() + wait;
                self.check_at(due);
                self.delayed.insert(due, task);
            }
            Err(panicked) => self.complete(*task, Err(panicked)),
        }
    }

    fn complete(&mut self, mut task: Task, result: Result<Response, Error>) {
        let result = task.delivery.finish(result);
        self.completed.push((task.completer, result));
    }

    fn check_at(&mut self, due: Instant) {
        self.next_check = Some(self.next_check.map_or(due, |earlier| earlier.min(due)));
    }

    /// Ends the operations whose deadline has passed, and queues the retries that are due.
    pub(super) fn check_deadlines(&mut self) {
        let now = Instant::now();
        if self.next_check.is_none_or(|check| check > now) {
            return;
        }
        let deadlines = self.connections.active().map(|(id, active)| (active.attempt.deadline(), id));
        let (late, in_time): (Vec<_>, Vec<_>) = deadlines.partition(|(deadline, _)| *deadline <= now);
        self.next_check = in_time.into_iter().map(|(deadline, _)| deadline).min();
        for (_, id) in late {
            self.on_deadline(id);
        }
        for id in
            self.connecting_until().filter(|(until, _)| *until <= now).map(|(_, id)| id).collect::<Vec<_>>()
        {
            if let Some(task) = self.connecting.remove(&id) {
                self.end_attempt(task, None, deadline_passed("connecting"));
            }
        }
        let parsing_until = |parsing: &Parsing| parsing.state.attempt_deadline();
        let late = self.parsing.iter().filter(|(_, parsing)| parsing_until(parsing) <= now);
        for id in late.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.on_late_parse(id);
        }
        while let Some(task) = self.delayed.pop_due(now) {
            self.queue.insert(task);
        }
        while let Some(task) = self.queue.pop_late(now) {
            let error = task.delivery.late();
            self.complete(*task, Err(error));
        }
        let connecting = self.connecting_until().map(|(until, _)| until);
        let queued = self.queue.next_deadline();
        let parsing = self.parsing.values().map(parsing_until);
        let due = connecting.chain(parsing).chain(queued).chain(self.delayed.next_due()).min();
        if let Some(due) = due {
            self.check_at(due);
        }
    }

    /// Completes a query whose deadline passes while its response is parsed, or is about to be. What is parsed of it later
    /// is dropped.
    fn on_late_parse(&mut self, id: u64) {
        let Some(Parsing { state, completion }) = self.parsing.remove(&id) else { return };
        let what = "the deadline passed while parsing the answer";
        let error = Error::new(ErrorKind::Timeout, Outcome::Unknown, what).with_attempts(state.attempts());
        self.completed.push((Completer::new(completion, state), Err(error)));
    }

    /// When the tasks that connect end here at the latest, with their ids.
    fn connecting_until(&self) -> impl Iterator<Item = (Instant, u64)> {
        self.connecting.iter().map(|(id, task)| (task.delivery.state.attempt_deadline() + CONNECT_GRACE, *id))
    }

    /// Cancels every operation.
    fn cancel_all(&mut self) {
        let active: Vec<_> = self.connections.active().map(|(id, _)| id).collect();
        for id in active {
            let Some(mut active) = self.connections.take_active(id) else { continue };
            if active.exchange.status_known() {
                active.exchange.abandon_body();
                self.on_response(id, active);
                continue;
            }
            active.attempt.release_socket();
            self.connections.close(id);
            self.cancel(active.task, Some(&active.exchange));
        }
        let connecting = mem::take(&mut self.connecting).into_values();
        let waiting: Vec<_> =
            connecting.chain(self.queue.take_all()).chain(self.delayed.take_all()).collect();
        for task in waiting {
            self.cancel(task, None);
        }
        for (_, Parsing { state, completion }) in mem::take(&mut self.parsing) {
            let error = Error::closed(Outcome::Unknown).with_attempts(state.attempts());
            self.completed.push((Completer::new(completion, state), Err(error)));
        }
    }

    /// `exchange` is of the task's attempt, if that is on a connection.
    fn cancel(&mut self, mut task: Box<Task>, exchange: Option<&Exchange>) {
        let (outcome, _) = task.delivery.state.cancel();
        let error = Error::closed(outcome);
        if let Some(exchange) = exchange {
            task.delivery.abandon_attempt(exchange, &error);
        }
        self.complete(*task, Err(error));
    }

    fn on_deadline(&mut self, id: usize) {
        let Some(mut active) = self.connections.take_active(id) else { return };
        if active.exchange.status_known() {
            // The rest of the body does not matter.
            active.exchange.abandon_body();
            return self.on_response(id, active);
        }
        let doing = match active.exchange.is_written() {
            true => "waiting for the server",
            false => "writing to the server",
        };
        self.on_failure(id, active, deadline_passed(doing));
    }

    /// Closes the connections that were idle for too long.
    pub(super) fn close_stale(&mut self, now: Instant) {
        self.connections.close_stale(now);
    }

    pub(super) fn close_idle(&mut self) {
        self.connections.close_idle();
    }

    pub(super) fn has_idle_connections(&self) -> bool {
        self.connections.has_idle()
    }

    /// When an idle connection is to be closed; none if there is none.
    pub(super) fn idle_due(&self, now: Instant) -> Option<Instant> {
        self.connections.due(now)
    }

    /// Whether a connection that becomes idle may be needed again soon.
    pub(super) fn has_waiting(&self) -> bool {
        !self.queue.is_empty() || !self.delayed.is_empty()
    }

    /// Fails every operation, after a panic outside of all of them.
    pub(super) fn fail_all(&mut self) {
        let active = self.connections.close_all().into_iter().map(|active| active.task);
        let waiting = mem::take(&mut self.connecting).into_values().chain(self.queue.take_all());
        for task in active.chain(waiting).chain(self.delayed.take_all()) {
            let error = task.completer.lost();
            self.completed.push((task.completer, Err(error)));
        }
    }
}
