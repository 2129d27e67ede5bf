//! The reactor's thread: it runs while there is something to do, and a little longer. One turn: wait for sockets, advance
//! the operations whose sockets are ready, begin others, and call the callbacks of those that completed.

use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::Builder;
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token, Waker};
use roomcast_process_local::generation;

use crate::error::{Error, ErrorKind, Outcome};
use crate::net::IdleLimit;
use crate::spawn::spawn;

use super::blocking_jobs::{self, BlockingThreads};
use super::command::{Command, Mailbox};
use super::scheduler::{Scheduler, SharedScheduler};
use super::task::InFlight;

/// A thread ends that was idle for this long, without a connection.
const IDLE: Duration = Duration::from_secs(5);
/// In bytes. Operations need little stack; their callbacks may use the rest.
const STACK: usize = 256 * 1024;
const WAKE: Token = Token(usize::MAX);
/// How long to wait after an error of polling.
const POLL_PAUSE: Duration = Duration::from_millis(10);
/// The most events of one turn.
const MAX_EVENTS: usize = 256;

/// What the reactor's thread shares with others.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) scheduler: SharedScheduler,
    pub(super) connecting_threads: Arc<BlockingThreads>,
    pub(super) parsing_threads: Arc<BlockingThreads>,
    pub(super) in_flight: InFlight,
    max_in_flight: usize,
    idle_limit: Arc<IdleLimit>,
}

impl Shared {
    pub(super) fn new(max_in_flight: usize, idle_limit: Arc<IdleLimit>) -> Self {
        Shared {
            mailbox: Arc::default(),
            scheduler: SharedScheduler::default(),
            connecting_threads: Arc::new(blocking_jobs::connecting_threads(max_in_flight)),
            parsing_threads: Arc::new(blocking_jobs::parsing_threads()),
            in_flight: InFlight::default(),
            max_in_flight,
            idle_limit,
        }
    }
}

struct Reactor {
    poll: Poll,
    shared: Shared,
    idle_since: Instant,
    /// Of the process that it belongs to.
    generation: u64,
}

/// Starts the thread, and returns what wakes it.
pub(super) fn start(shared: &Shared) -> Result<Arc<Waker>, Error> {
    let (reactor, scheduler, waker) = prepare(shared).map_err(|error| {
        impossible("the system gives nothing to wait for sockets with").with_source(error)
    })?;
    let builder = Builder::new().name("roomcast-io".into()).stack_size(STACK);
    spawn(builder, move || reactor.run(scheduler))
        .map_err(|_| impossible("the system gives no thread to send with"))?;
    Ok(waker)
}

fn prepare(shared: &Shared) -> io::Result<(Reactor, Scheduler, Arc<Waker>)> {
    let poll = Poll::new()?;
    let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
    let scheduler = Scheduler::new(
        poll.registry().try_clone()?,
        shared.mailbox.clone(),
        shared.connecting_threads.clone(),
        shared.parsing_threads.clone(),
        shared.in_flight.clone(),
        shared.max_in_flight,
        shared.idle_limit.clone(),
    );
    let idle_since = Instant::now();
    let reactor = Reactor { poll, shared: shared.clone(), idle_since, generation: generation() };
    Ok((reactor, scheduler, waker))
}

fn impossible(what: &str) -> Error {
    Error::new(ErrorKind::Connection, Outcome::NotSent, what)
}

fn lock(scheduler: &Mutex<Option<Scheduler>>) -> MutexGuard<'_, Option<Scheduler>> {
    scheduler.lock().unwrap_or_else(|e| e.into_inner())
}

impl Reactor {
    fn run(mut self, scheduler: Scheduler) {
        *lock(&self.shared.scheduler) = Some(scheduler);
        let mut events = Events::with_capacity(MAX_EVENTS);
        let mut commands = Vec::new();
        loop {
            let turned = catch_unwind(AssertUnwindSafe(|| self.turn(&mut events, &mut commands)));
            match turned {
                Ok(true) => {}
                Ok(false) => return,
                // Each step of an operation catches its panics, so this one is a fault of the reactor.
                Err(_) => {
                    lock(&self.shared.scheduler).as_mut().map(Scheduler::fail_all);
                }
            }
        }
    }

    /// One turn. False if the thread is to end.
    fn turn(&mut self, events: &mut Events, commands: &mut Vec<Command>) -> bool {
        let timeout = self.sleep();
        if let Err(error) = self.poll.poll(events, timeout) {
            // No socket is known to be ready, but there are still commands and deadlines.
            events.clear();
            if error.kind() != io::ErrorKind::Interrupted {
                // The error may last.
                std::thread::sleep(timeout.map_or(POLL_PAUSE, |timeout| timeout.min(POLL_PAUSE)));
            }
        }
        let mut guard = lock(&self.shared.scheduler);
        let Some(scheduler) = guard.as_mut() else { return false };
        scheduler.resume_yielded();
        for event in events.iter().filter(|event| event.token() != WAKE) {
            scheduler.on_ready(event.token().0);
        }
        self.shared.mailbox.take(commands);
        let nothing_new = events.is_empty() && commands.is_empty();
        for command in commands.drain(..) {
            scheduler.execute(command);
        }
        scheduler.check_deadlines();
        scheduler.start_queued();
        let completed = scheduler.take_completed();
        let now = Instant::now();
        scheduler.close_stale(now);
        if !(nothing_new && scheduler.is_idle()) {
            self.idle_since = now;
        }
        let retired = self.shared.mailbox.is_retired();
        let was_idle = !scheduler.has_idle_connections() && now.duration_since(self.idle_since) >= IDLE;
        let can_end = scheduler.is_idle() && (retired || was_idle);
        let ends = can_end && self.shared.mailbox.stop();
        if ends {
            // The idle connections are closed with it.
            *guard = None;
        } else if retired && !scheduler.has_waiting() {
            scheduler.close_idle();
        }
        drop(guard);
        // A callback may start operations, or panic.
        let mut completed = completed.into_iter();
        while let Some((completer, result)) = completed.next() {
            completer.complete(result);
            if generation() != self.generation {
                // The callback forked, and this is the child. The sockets and the other callbacks are the parent's.
                mem::forget((completed, self.shared.clone()));
                return false;
            }
        }
        !ends
    }

    /// How long to poll: until something is due. If nothing is in flight, until an idle connection is to be closed, or for
    /// [`IDLE`].
    fn sleep(&self) -> Option<Duration> {
        // Held while the thread falls asleep, as the mailbox demands.
        let guard = lock(&self.shared.scheduler);
        let Some(scheduler) = guard.as_ref() else { return Some(Duration::ZERO) };
        let now = Instant::now();
        let idle_until = scheduler.is_idle().then(|| scheduler.idle_due(now).unwrap_or(now + IDLE));
        let until = scheduler.due().into_iter().chain(idle_until).min();
        let has_time = until.is_none_or(|until| until > now);
        if has_time && self.shared.mailbox.fall_asleep(until) {
            until.map(|until| until - now)
        } else {
            Some(Duration::ZERO)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;
    use std::net::TcpListener;
    use std::sync::mpsc;

    use ureq_proto::http::HeaderValue;

    use super::super::task::Task;
    use crate::api::Response;
    use crate::api::{ApiRequest, Request};
    use crate::auth::{Credentials, Tokens};
    use crate::delivery::{
        Backend, Budget, CallContext, Completer, Completion, Counters, Delivery, DeliveryConfig,
        PreparedRequest, RateLimit, RetryPolicy,
    };
    use crate::net::{BaseUrl, ConnectionCounts, Pool, Route, SendState};

    /// A send with half a second of time.
    fn task(port: u16, completion: Arc<Completion>) -> Box<Task> {
        let base_url = BaseUrl::parse("base_url", &format!("http://127.0.0.1:{port}")).unwrap();
        let api_request = ApiRequest::SendMessage(Cow::Owned(Request::new("room", "hi")));
        let encoded = api_request.encode().unwrap();
        let idle_limit = Arc::<IdleLimit>::default();
        let request = PreparedRequest::new(api_request, encoded, &base_url);
        let backend = Backend {
            route: Route {
                base_url,
                proxy: None,
                tls: None,
                max_connection_age: Duration::from_secs(60),
                connections: ConnectionCounts::default(),
                idle_limit: idle_limit.clone(),
            },
            pool: Pool::new(1, idle_limit),
            tokens: Tokens::new(Credentials::Token("token".to_owned())),
            rate_limit: RateLimit::new(),
            counters: Counters::default(),
            fake_server: None,
        };
        let config = DeliveryConfig {
            policy: RetryPolicy { max_attempts: 1, retry_unknown: false },
            user_agent: HeaderValue::from_static("test"),
            interrupted: None,
            observer: None,
        };
        let state = SendState::new(Instant::now() + Duration::from_millis(500), None);
        let delivery = Delivery::new(
            Arc::new(backend),
            Arc::new(config),
            request,
            state.clone(),
            CallContext::default(),
        );
        Box::new(Task::new(delivery, Completer::new(completion, state)))
    }

    #[test]
    fn deadlines_are_met_without_spinning_though_polling_fails_for_good() {
        // Accepts, and never answers.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (done, result) = mpsc::channel();
        let budget = Budget::new(1);
        let on_done = move |result: Result<Response, Error>| done.send(result.map(drop)).unwrap();
        let completion = Completion::new(budget.reserve(1).unwrap(), on_done);
        let task = task(listener.local_addr().unwrap().port(), completion);

        let shared = Shared::new(1, Arc::default());
        let (mut reactor, scheduler, waker) = prepare(&shared).unwrap();
        *lock(&shared.scheduler) = Some(scheduler);
        let started = shared.mailbox.post_or_start(Command::Start(task), || Ok::<_, Error>(waker));
        assert!(started.is_ok());
        // The system refuses to poll for no events at all.
        let (mut events, mut commands) = (Events::with_capacity(0), Vec::new());
        assert!(reactor.poll.poll(&mut events, Some(Duration::ZERO)).is_err());
        let mut turns = 0;
        let result = loop {
            assert!(reactor.turn(&mut events, &mut commands));
            turns += 1;
            assert!(turns < 1000, "it spins");
            if let Ok(result) = result.try_recv() {
                break result;
            }
        };
        let error = result.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::Unknown), "{error}");
    }
}
