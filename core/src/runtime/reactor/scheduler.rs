//! The operations that the reactor took over: queued, in flight, retrying, completed.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use mio::Registry;

use crate::api::Response;
use crate::delivery::{Completion, Step, catch_panic};
use crate::error::{Error, Outcome};
use crate::faultpoint::faultpoint;
use crate::net::{Attempt, Failure, FailureKind, HttpResponse, Io, deadline_passed};

use super::command::{Command, Mailbox};
use super::connect_threads::{ConnectJob, ConnectThreads};
use super::connections::Connections;
use super::task::{ActiveAttempt, Connected, Task};

/// The scheduler, while the reactor has a thread. Other threads may use it, too, if it is not locked.
pub(super) type SharedScheduler = Arc<Mutex<Option<Scheduler>>>;

/// An operation's callback and its result.
type Completed = (Arc<Completion>, Result<Response, Error>);

pub(super) struct Scheduler {
    mailbox: Arc<Mailbox>,
    connect_threads: Arc<ConnectThreads>,
    max_in_flight: usize,
    /// Tasks that wait for others to complete.
    queue: VecDeque<Box<Task>>,
    /// The number of tasks that began and are not complete.
    in_flight: usize,
    connections: Connections,
    /// Connections that may have more to read, after others had their turn.
    yielded: Vec<usize>,
    /// Tasks between two attempts, and when the next one is due.
    retrying: Vec<(Instant, Box<Task>)>,
    /// Results whose callbacks are called at the end of the turn.
    completed: Vec<Completed>,
    /// No deadline and no retry is due before this.
    next_check: Option<Instant>,
}

impl Scheduler {
    pub(super) fn new(
        registry: Registry,
        mailbox: Arc<Mailbox>,
        connect_threads: Arc<ConnectThreads>,
        max_in_flight: usize,
    ) -> Self {
        Scheduler {
            mailbox,
            connect_threads,
            max_in_flight,
            queue: VecDeque::new(),
            in_flight: 0,
            connections: Connections::new(registry, max_in_flight),
            yielded: Vec::new(),
            retrying: Vec::new(),
            completed: Vec::new(),
            next_check: None,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.in_flight == 0
    }

    /// Whether starting the task takes no more than writing its request, which is short enough not to delay its caller.
    pub(super) fn can_start_now(&self, task: &Task) -> bool {
        self.in_flight < self.max_in_flight
            && self.queue.is_empty()
            && self.connections.has_idle()
            && task.delivery.is_short()
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
            Command::Wake => self.next_check = Some(Instant::now()),
        }
    }

    /// Begins a task, or queues it.
    pub(super) fn start(&mut self, task: Box<Task>) {
        self.queue.push_back(task);
        self.start_queued();
    }

    /// Begins queued tasks, up to `max_in_flight`.
    pub(super) fn start_queued(&mut self) {
        while self.in_flight < self.max_in_flight
            && let Some(task) = self.queue.pop_front()
        {
            self.in_flight += 1;
            self.begin_attempt(task);
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
        let state = task.delivery.state.clone();
        let exchange = match catch_panic(&state, || task.delivery.begin_attempt()) {
            Ok(Ok(exchange)) => exchange,
            Ok(Err(error)) | Err(error) => return self.complete(*task, Err(error)),
        };
        let active = ActiveAttempt { task, exchange, attempt: Attempt::new(state) };
        match self.find_open_connection(&active) {
            Err(error) => self.complete(*active.task, Err(error)),
            Ok(Some(id)) => self.advance(id, active),
            Ok(None) => {
                let job = ConnectJob { active, mailbox: self.mailbox.clone() };
                if let Err(job) = self.connect_threads.submit(job) {
                    let what = "the system gives no thread for connecting";
                    self.end_attempt(job.active.task, Err(Failure::new(FailureKind::Connect, what)));
                }
            }
        }
    }

    /// An idle connection that the server has not closed. The error is a panic.
    fn find_open_connection(&mut self, active: &ActiveAttempt) -> Result<Option<usize>, Error> {
        while let Some(id) = self.connections.take_idle() {
            let Some(open) = self.connections.get_mut(id) else { continue };
            let probe = || {
                faultpoint!("probe");
                open.connection.is_open()
            };
            match catch_panic(&active.task.delivery.state, probe) {
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
        let Connected { active, opened } = connected;
        let opened = match opened {
            Ok(opened) => opened,
            Err(panicked) => return self.complete(*active.task, Err(panicked)),
        };
        let added = opened.and_then(|connection| {
            self.connections.add(connection).map_err(|error| Failure::connect("connecting", &error))
        });
        match added {
            Ok(id) => self.advance(id, active),
            Err(failure) => self.end_attempt(active.task, Err(failure)),
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
        let (response, can_reuse) = active.exchange.into_response();
        active.attempt.release_socket();
        self.connections.release(id, can_reuse);
        self.end_attempt(active.task, Ok(response));
    }

    fn on_failure(&mut self, id: usize, active: ActiveAttempt, failure: Failure) {
        active.attempt.release_socket();
        self.connections.close(id);
        self.end_attempt(active.task, Err(failure));
    }

    fn end_attempt(&mut self, mut task: Box<Task>, ended: Result<HttpResponse, Failure>) {
        let state = task.delivery.state.clone();
        match catch_panic(&state, || task.delivery.end_attempt(ended)) {
            Ok(Step::Done(result)) => self.complete(*task, result),
            Ok(Step::RetryAfter(wait)) => {
                let due = Instant::now() + wait;
                self.check_at(due);
                self.retrying.push((due, task));
            }
            Err(panicked) => self.complete(*task, Err(panicked)),
        }
    }

    fn complete(&mut self, task: Task, result: Result<Response, Error>) {
        self.in_flight -= 1;
        let Task { delivery, completion } = task;
        self.completed.push((completion, delivery.finish(result)));
    }

    fn check_at(&mut self, due: Instant) {
        self.next_check = Some(self.next_check.map_or(due, |earlier| earlier.min(due)));
    }

    /// Ends the attempts whose deadline has passed, and begins the retries that are due.
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
        for (due, task) in mem::take(&mut self.retrying) {
            if due <= now || task.delivery.state.is_cancelled() {
                self.begin_attempt(task);
            } else {
                self.check_at(due);
                self.retrying.push((due, task));
            }
        }
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

    /// Whether a connection that becomes idle may be needed again soon.
    pub(super) fn has_waiting(&self) -> bool {
        !self.queue.is_empty() || !self.retrying.is_empty()
    }

    /// Fails every operation, after a panic outside of all of them.
    pub(super) fn fail_all(&mut self) {
        for ActiveAttempt { task, .. } in self.connections.close_all() {
            self.in_flight -= 1;
            let outcome = task.delivery.state.outcome();
            self.completed.push((task.completion, Err(Error::panicked(outcome))));
        }
        self.in_flight -= self.retrying.len();
        let retrying = mem::take(&mut self.retrying).into_iter().map(|(_, task)| task);
        for task in retrying.chain(mem::take(&mut self.queue)) {
            self.completed.push((task.completion, Err(Error::panicked(Outcome::NotSent))));
        }
    }
}
