//! The loop itself. One turn: wait for news, go on with the sends that have some, begin others, and tell results.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token, Waker};

use crate::delivery::{Step, guarded};
use crate::error::{Error, ErrorKind, Outcome};
use crate::pending::Completion;
use crate::receipt::Receipt;
use crate::transport::{
    Attempt, Connection, Exchange, Failure, FailureKind, MAX_IDLE, Polled, deadline_passed,
};

use super::inbox::{Inbox, Letter};
use super::{Connected, Connecting, Started};

/// A loop that has had nothing to do for this long ends its thread.
const IDLE: Duration = Duration::from_secs(5);
const WAKE: Token = Token(usize::MAX);
const EVENTS: usize = 256;

pub(super) struct Turns {
    poll: Poll,
    inbox: Arc<Inbox>,
    max_in_flight: usize,
    /// Sends that wait for others to end.
    line: VecDeque<Box<Started>>,
    /// Sends that began and did not end.
    in_flight: usize,
    /// By a number that is never used twice, so that late news of a closed connection finds nobody.
    connections: HashMap<usize, Open>,
    next_number: usize,
    /// Connections that serve nobody, the one that was used last at the end.
    idle: Vec<(Instant, usize)>,
    /// Sends between two attempts, and when the next one is due.
    between: Vec<(Instant, Box<Started>)>,
    /// Results that are to be told at the end of the turn.
    results: Vec<(Arc<Completion>, Result<Receipt, Error>)>,
    /// When something is due at the earliest: a deadline, or an attempt.
    due: Option<Instant>,
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

impl Turns {
    pub(super) fn new(inbox: Arc<Inbox>, max_in_flight: usize) -> io::Result<(Self, Arc<Waker>)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let turns = Turns {
            poll,
            inbox,
            max_in_flight,
            line: VecDeque::new(),
            in_flight: 0,
            connections: HashMap::new(),
            next_number: 0,
            idle: Vec::new(),
            between: Vec::new(),
            results: Vec::new(),
            due: None,
        };
        Ok((turns, waker))
    }

    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS);
        let mut letters = Vec::new();
        loop {
            let turned = catch_unwind(AssertUnwindSafe(|| self.turn(&mut events, &mut letters)));
            match turned {
                Ok(true) => {}
                Ok(false) => return,
                // Sends guard their own steps, so this is a mistake of the loop's, and it knows no more than they do.
                Err(_) => self.give_up(),
            }
        }
    }

    /// One turn. False when there is nothing left to do.
    fn turn(&mut self, events: &mut Events, letters: &mut Vec<Letter>) -> bool {
        let patience = if self.inbox.may_sleep() { self.patience() } else { Some(Duration::ZERO) };
        let waiting_since = Instant::now();
        if self.poll.poll(events, patience).is_err() {
            // A signal; or the system has no memory, which the next turn may find better.
            return true;
        }
        for event in events.iter().filter(|event| event.token() != WAKE) {
            self.news(event.token().0);
        }
        self.inbox.take(letters);
        let nothing_new = events.is_empty() && letters.is_empty();
        for letter in letters.drain(..) {
            match letter {
                Letter::Start(started) => self.line.push_back(started),
                Letter::Connected(connected) => self.connected(*connected),
                Letter::Cancelled => self.due = Some(Instant::now()),
            }
        }
        self.do_what_is_due();
        while self.in_flight < self.max_in_flight
            && let Some(started) = self.line.pop_front()
        {
            self.in_flight += 1;
            self.begin(started);
        }
        self.tell();
        if self.in_flight > 0 {
            return true;
        }
        let retired = self.inbox.is_retired();
        if retired {
            self.close_idle();
        }
        let idled = nothing_new && waiting_since.elapsed() >= IDLE;
        !((retired || idled) && self.inbox.may_end())
    }

    /// How long to wait for news at most.
    fn patience(&self) -> Option<Duration> {
        if self.in_flight == 0 {
            return Some(IDLE);
        }
        self.due.map(|due| due.saturating_duration_since(Instant::now()))
    }

    /// Goes on with whatever a connection serves.
    fn news(&mut self, number: usize) {
        match self.connections.get_mut(&number).map(|open| open.serves.take()) {
            Some(Some(serving)) => self.go_on(number, serving),
            // The server closed it, or said what nobody asked for.
            Some(None) => self.close(number),
            None => {}
        }
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
            match guarded(&serving.started.delivery.progress, || open.connection.is_open()) {
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
            let watched = connection.into_polled(self.poll.registry(), Token(number));
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
            Ok(Ok(false)) => {
                let deadline = serving.attempt.deadline();
                open.serves = Some(serving);
                self.note(deadline);
            }
            Ok(Ok(true)) => self.answered(number, serving),
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
    fn attempted(&mut self, mut started: Box<Started>, ended: Result<crate::answer::Answer, Failure>) {
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
    fn end(&mut self, started: Started, result: Result<Receipt, Error>) {
        self.in_flight -= 1;
        let Started { delivery, completion } = started;
        self.results.push((completion, delivery.told(result)));
    }

    /// Remembers that something is due.
    fn note(&mut self, due: Instant) {
        self.due = Some(self.due.map_or(due, |earlier| earlier.min(due)));
    }

    /// Ends the attempts whose time has passed, and begins those whose time has come.
    fn do_what_is_due(&mut self) {
        let now = Instant::now();
        if self.due.is_none_or(|due| due > now) {
            return;
        }
        self.due = None;
        let mut late = Vec::new();
        let mut next: Option<Instant> = None;
        for (number, open) in &self.connections {
            match open.serves.as_ref().map(|serving| serving.attempt.deadline()) {
                Some(deadline) if deadline <= now => late.push(*number),
                Some(deadline) => next = Some(next.map_or(deadline, |earlier| earlier.min(deadline))),
                None => {}
            }
        }
        if let Some(next) = next {
            self.note(next);
        }
        for number in late {
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
        if serving.exchange.has_status() {
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
            open.connection.close(self.poll.registry());
        }
    }

    fn close_idle(&mut self) {
        for (_, number) in mem::take(&mut self.idle) {
            self.close(number);
        }
    }

    /// Tells the results. Whoever is told may start sends, or panic.
    fn tell(&mut self) {
        for (completion, result) in mem::take(&mut self.results) {
            let _ = catch_unwind(AssertUnwindSafe(|| completion.complete(result)));
        }
    }

    /// Ends every send in flight, after a panic between them.
    fn give_up(&mut self) {
        for (_, open) in mem::take(&mut self.connections) {
            if let Some(Serving { started, attempt, .. }) = open.serves {
                attempt.release();
                self.in_flight -= 1;
                let outcome = started.delivery.progress.outcome();
                self.results.push((started.completion, Err(internal(outcome))));
            }
            open.connection.close(self.poll.registry());
        }
        self.in_flight -= self.between.len();
        let between = mem::take(&mut self.between).into_iter().map(|(_, started)| started);
        for started in between.chain(mem::take(&mut self.line)) {
            self.results.push((started.completion, Err(internal(Outcome::NotSent))));
        }
        self.idle.clear();
        self.tell();
    }
}

fn internal(outcome: Outcome) -> Error {
    Error::new(ErrorKind::Internal, outcome, "roomcast panicked; please report it")
}
