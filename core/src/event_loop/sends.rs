//! The sends that began, each as far as its connection let it.

use std::collections::{BTreeMap, VecDeque};
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::{Registry, Token};

use crate::answer::Answer;
use crate::delivery::{Step, guarded, panicked};
use crate::error::{Error, Outcome};
use crate::faultpoint::faultpoint;
use crate::pending::Completion;
use crate::told::Told;
use crate::transport::{
    Attempt, Connection, Exchange, Failure, FailureKind, MAX_IDLE, Polled, Went, deadline_passed,
};

use super::inbox::{Inbox, Letter};
use super::{Connected, Connecting, Started};

/// A send's result, and whom to tell it.
type Ended = (Arc<Completion>, Result<Told, Error>);

pub(super) struct Sends {
    registry: Registry,
    inbox: Arc<Inbox>,
    max_in_flight: usize,
    /// Sends that wait for others to end.
    line: VecDeque<Box<Started>>,
    /// How many began and did not end.
    in_flight: usize,
    /// By a number that is never used twice, so that late news of a closed connection finds nobody.
    connections: BTreeMap<usize, Open>,
    next_number: usize,
    /// Connections that serve nobody, the one that was used last at the end.
    idle: Vec<(Instant, usize)>,
    /// Connections that may have more to read, after others had their turn.
    on_and_on: Vec<usize>,
    /// Sends between two attempts, and when the next one is due.
    between: Vec<(Instant, Box<Started>)>,
    /// Results that are to be told at the end of the turn.
    results: Vec<Ended>,
    /// Nothing is due before this: no deadline, and no attempt.
    due: Option<Instant>,
    /// How long the loop sleeps if nobody wakes it; for ever, if none.
    sleeps_until: Option<Instant>,
}

struct Open {
    connection: Connection<Polled>,
    serves: Option<Serving>,
}

/// An attempt under way.
struct Serving {
    started: Box<Started>,
    exchange: Exchange,
    attempt: Attempt,
}

impl Sends {
    pub(super) fn new(registry: Registry, inbox: Arc<Inbox>, max_in_flight: usize) -> Self {
        Sends {
            registry,
            inbox,
            max_in_flight,
            line: VecDeque::new(),
            in_flight: 0,
            connections: BTreeMap::new(),
            next_number: 0,
            idle: Vec::new(),
            on_and_on: Vec::new(),
            between: Vec::new(),
            results: Vec::new(),
            due: None,
            sleeps_until: None,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.in_flight == 0
    }

    /// Whether it takes no more than writing the request, which is short enough not to hold its caller up.
    pub(super) fn may_begin_at_once(&self, started: &Started) -> bool {
        self.in_flight < self.max_in_flight
            && self.line.is_empty()
            && !self.idle.is_empty()
            && started.delivery.is_short()
    }

    /// Whether there is something that the loop would not find by itself.
    pub(super) fn need_the_loop(&self) -> bool {
        let is_earlier = |due: Instant| self.sleeps_until.is_none_or(|until| due < until);
        !self.results.is_empty() || self.due.is_some_and(is_earlier)
    }

    /// How long the loop may sleep: until something is due, and when nothing is in flight, at most `idle`.
    pub(super) fn sleep(&mut self, idle: Duration) -> Option<Duration> {
        if !self.on_and_on.is_empty() {
            return Some(Duration::ZERO);
        }
        let now = Instant::now();
        let mut patience = self.due.map(|due| due.saturating_duration_since(now));
        if self.is_idle() {
            patience = Some(patience.map_or(idle, |patience| patience.min(idle)));
        }
        self.sleeps_until = patience.map(|patience| now + patience);
        patience
    }

    pub(super) fn take_results(&mut self) -> Vec<Ended> {
        mem::take(&mut self.results)
    }

    /// Goes on where others came in between.
    pub(super) fn go_on_and_on(&mut self) {
        for number in mem::take(&mut self.on_and_on) {
            self.news(number);
        }
    }

    pub(super) fn letter(&mut self, letter: Letter) {
        match letter {
            Letter::Start(started) => self.start(started),
            Letter::Connected(connected) => self.connected(*connected),
            Letter::Look => self.due = Some(Instant::now()),
        }
    }

    /// Begins a send, or puts it in line.
    pub(super) fn start(&mut self, started: Box<Started>) {
        self.line.push_back(started);
        self.begin_next();
    }

    /// Begins what is in line, as far as there is room.
    pub(super) fn begin_next(&mut self) {
        while self.in_flight < self.max_in_flight
            && let Some(started) = self.line.pop_front()
        {
            self.in_flight += 1;
            self.begin(started);
        }
    }

    /// Goes on with whatever a connection serves.
    pub(super) fn news(&mut self, number: usize) {
        match self.connections.get_mut(&number).map(|open| open.serves.take()) {
            Some(Some(serving)) => self.go_on(number, serving),
            // News of an answer that was read already; or the server closed it, or said what nobody asked for.
            Some(None) if !self.is_open(number) => {
                self.idle.retain(|(_, idle)| *idle != number);
                self.close(number);
            }
            Some(None) | None => {}
        }
    }

    fn is_open(&mut self, number: usize) -> bool {
        self.connections.get_mut(&number).is_some_and(|open| open.connection.is_open())
    }

    /// Begins a send's next attempt.
    fn begin(&mut self, mut started: Box<Started>) {
        let progress = started.delivery.progress.clone();
        let exchange = match guarded(&progress, || started.delivery.begin()) {
            Ok(Ok(exchange)) => exchange,
            Ok(Err(error)) | Err(error) => return self.end(*started, Err(error)),
        };
        let attempt = Attempt::new(progress);
        let serving = Serving { started, exchange, attempt };
        match self.take_idle(&serving) {
            Err(error) => self.end(*serving.started, Err(error)),
            Ok(Some(number)) => self.go_on(number, serving),
            Ok(None) => {
                let Serving { started, exchange, attempt } = serving;
                let process = started.delivery.process.clone();
                let connecting = Connecting { started, exchange, attempt, inbox: self.inbox.clone() };
                if let Err(connecting) = process.workers.submit(connecting) {
                    let what = "the system gives no thread for connecting";
                    self.attempted(connecting.started, Err(Failure::new(FailureKind::Connect, what)));
                }
            }
        }
    }

    /// An idle connection that still stands.
    fn take_idle(&mut self, serving: &Serving) -> Result<Option<usize>, Error> {
        while let Some((since, number)) = self.idle.pop() {
            let Some(open) = self.connections.get_mut(&number) else { continue };
            if since.elapsed() > MAX_IDLE {
                // The others have idled for longer.
                self.close(number);
                self.close_idle();
                break;
            }
            let probe = || {
                faultpoint!("probe");
                open.connection.is_open()
            };
            match guarded(&serving.started.delivery.progress, probe) {
                Ok(true) => return Ok(Some(number)),
                Ok(false) => self.close(number),
                Err(panicked) => {
                    self.close(number);
                    return Err(panicked);
                }
            }
        }
        Ok(None)
    }

    /// A worker has made a connection, or has not.
    fn connected(&mut self, connected: Connected) {
        let Connected { started, exchange, attempt, made } = connected;
        let made = match made {
            Ok(made) => made,
            Err(panicked) => return self.end(*started, Err(panicked)),
        };
        let number = self.next_number;
        let watched = made.and_then(|connection| {
            let watched = connection.into_polled(&self.registry, Token(number));
            watched.map_err(|error| Failure::connect("connecting", &error))
        });
        match watched {
            Ok(connection) => {
                self.next_number += 1;
                self.connections.insert(number, Open { connection, serves: None });
                self.go_on(number, Serving { started, exchange, attempt });
            }
            Err(failure) => self.attempted(started, Err(failure)),
        }
    }

    /// Goes on with an attempt, as far as its connection lets it.
    fn go_on(&mut self, number: usize, mut serving: Serving) {
        let Some(open) = self.connections.get_mut(&number) else { return };
        let progress = serving.started.delivery.progress.clone();
        let went_on = guarded(&progress, || open.connection.go_on(&mut serving.exchange, &serving.attempt));
        match went_on {
            Ok(Ok(went @ (Went::AsFarAsItCould | Went::OnAndOn))) => {
                if matches!(went, Went::OnAndOn) {
                    self.on_and_on.push(number);
                }
                let deadline = serving.attempt.deadline();
                open.serves = Some(serving);
                self.note(deadline);
            }
            Ok(Ok(Went::Through)) => self.answered(number, serving),
            Ok(Err(failure)) => self.failed(number, serving, failure),
            Err(panicked) => {
                serving.attempt.release();
                self.close(number);
                self.end(*serving.started, Err(panicked));
            }
        }
    }

    fn answered(&mut self, number: usize, serving: Serving) {
        let (answer, may_serve_again) = serving.exchange.into_answer();
        serving.attempt.release();
        if may_serve_again && self.idle.len() < self.max_in_flight {
            self.idle.push((Instant::now(), number));
        } else {
            self.close(number);
        }
        self.attempted(serving.started, Ok(answer));
    }

    fn failed(&mut self, number: usize, serving: Serving, failure: Failure) {
        serving.attempt.release();
        self.close(number);
        self.attempted(serving.started, Err(failure));
    }

    /// An attempt has ended.
    fn attempted(&mut self, mut started: Box<Started>, ended: Result<Answer, Failure>) {
        let progress = started.delivery.progress.clone();
        match guarded(&progress, || started.delivery.end(ended)) {
            Ok(Step::Done(result)) => self.end(*started, result),
            Ok(Step::Again(wait)) => {
                let due = Instant::now() + wait;
                self.note(due);
                self.between.push((due, started));
            }
            Err(panicked) => self.end(*started, Err(panicked)),
        }
    }

    /// A send has ended.
    fn end(&mut self, started: Started, result: Result<Told, Error>) {
        self.in_flight -= 1;
        let Started { delivery, completion } = started;
        self.results.push((completion, delivery.told(result)));
    }

    /// Remembers that something is due.
    fn note(&mut self, due: Instant) {
        self.due = Some(self.due.map_or(due, |earlier| earlier.min(due)));
    }

    /// Ends the attempts whose time has passed, and begins those whose time has come.
    pub(super) fn do_what_is_due(&mut self) {
        let now = Instant::now();
        if self.due.is_none_or(|due| due > now) {
            return;
        }
        let deadlines = self.connections.iter().filter_map(|(number, open)| {
            open.serves.as_ref().map(|serving| (serving.attempt.deadline(), *number))
        });
        let (late, in_time): (Vec<_>, Vec<_>) = deadlines.partition(|(deadline, _)| *deadline <= now);
        self.due = in_time.into_iter().map(|(deadline, _)| deadline).min();
        for (_, number) in late {
            self.too_late(number);
        }
        for (due, started) in mem::take(&mut self.between) {
            if due <= now || started.delivery.progress.is_cancelled() {
                self.begin(started);
            } else {
                self.note(due);
                self.between.push((due, started));
            }
        }
    }

    fn too_late(&mut self, number: usize) {
        let Some(mut serving) = self.connections.get_mut(&number).and_then(|open| open.serves.take()) else {
            return;
        };
        if serving.exchange.is_decided() {
            // All that matters is known.
            serving.exchange.break_off();
            return self.answered(number, serving);
        }
        let doing = match serving.exchange.is_written() {
            true => "waiting for the server",
            false => "writing to the server",
        };
        self.failed(number, serving, deadline_passed(doing));
    }

    fn close(&mut self, number: usize) {
        if let Some(open) = self.connections.remove(&number) {
            open.connection.close(&self.registry);
        }
    }

    pub(super) fn close_idle(&mut self) {
        for (_, number) in mem::take(&mut self.idle) {
            self.close(number);
        }
    }

    /// Ends every send in flight, after a panic between them.
    pub(super) fn give_up(&mut self) {
        for (_, open) in mem::take(&mut self.connections) {
            if let Some(Serving { started, attempt, .. }) = open.serves {
                attempt.release();
                self.in_flight -= 1;
                let outcome = started.delivery.progress.outcome();
                self.results.push((started.completion, Err(panicked(outcome))));
            }
            open.connection.close(&self.registry);
        }
        self.in_flight -= self.between.len();
        let between = mem::take(&mut self.between).into_iter().map(|(_, started)| started);
        for started in between.chain(mem::take(&mut self.line)) {
            self.results.push((started.completion, Err(panicked(Outcome::NotSent))));
        }
        self.idle.clear();
    }
}
