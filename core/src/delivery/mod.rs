//! The life of one operation: attempts within one deadline, until one succeeds or none may follow. The steps are the same
//! whether a thread waits for each of them or the reactor advances them.

mod backend;
mod budget;
mod completion;
mod context;
mod counters;
mod guard;
mod logging;
mod observer;
mod prepared;
mod rate_limit;
mod retry;
mod trace;
#[cfg(feature = "tracing")]
mod tracing_spans;

use std::io;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use ureq_proto::http::HeaderValue;

use crate::api::{Response, error_for};
use crate::auth::Token;
use crate::error::{Error, ErrorBody, ErrorKind, Outcome};
use crate::faultpoint::faultpoint;
use crate::net::{
    Attempt, Exchange, Failure, FailureKind, FakeCall, HttpResponse, Interrupted, SendState, StopReason,
};

pub(crate) use backend::Backend;
pub(crate) use budget::Budget;
pub(crate) use completion::{Completer, Completion};
pub use context::CallContext;
pub(crate) use counters::Counters;
pub(crate) use guard::catch_panic;
pub use logging::LogScope;
pub use observer::{AttemptMetrics, Observer, OperationEvent, OperationInfo};
use observer::{Watch, Watched};
pub(crate) use prepared::PreparedRequest;
pub(crate) use rate_limit::RateLimit;
pub(crate) use retry::{FailedAttempt, Next, RetryPolicy};
pub use trace::{AttemptTrace, Trace, TraceRecorder};
#[cfg(feature = "tracing")]
pub use tracing_spans::TracingSpans;

/// A body of at most so many bytes is copied into a socket within microseconds.
const SHORT_BODY: usize = 16 * 1024;

/// What every delivery of a client shares.
pub(crate) struct DeliveryConfig {
    pub(crate) policy: RetryPolicy,
    pub(crate) user_agent: HeaderValue,
    pub(crate) interrupted: Option<Interrupted>,
    /// Of all operations.
    pub(crate) observer: Option<Arc<dyn Observer>>,
}

/// One operation in flight.
pub(crate) struct Delivery<'a> {
    pub(crate) backend: Arc<Backend>,
    pub(crate) state: Arc<SendState>,
    config: Arc<DeliveryConfig>,
    request: PreparedRequest<'a>,
    token: Option<Arc<Token>>,
    /// When the latest attempt began.
    began: Option<Instant>,
    /// Its request is written without noticeable delay.
    is_short: bool,
    /// A fresh token can still be tried.
    may_refresh: bool,
    context: CallContext,
    watch: Option<Watch>,
    /// For a fake server, until it ends.
    fake_call: Option<Box<FakeCall>>,
}

/// What follows an attempt.
pub(crate) enum Step {
    Done(Result<Response, Error>),
    /// Another attempt, after this wait.
    RetryAfter(Duration),
}

impl<'a> Delivery<'a> {
    pub(crate) fn new(
        backend: Arc<Backend>,
        config: Arc<DeliveryConfig>,
        mut request: PreparedRequest<'a>,
        state: Arc<SendState>,
        mut context: CallContext,
    ) -> Self {
        let is_short = request.body_len() <= SHORT_BODY;
        let fake_call = backend.fake_call(|| request.fake_call());
        if let Some(body) = request.take_body() {
            state.store_body(body);
        }
        let may_refresh = true;
        let observers = [config.observer.clone(), context.observer.take()];
        let watch = Watch::new(observers, request.api_request());
        let delivery = Delivery {
            backend,
            state,
            config,
            request,
            token: None,
            began: None,
            is_short,
            may_refresh,
            context,
            watch,
            fake_call,
        };
        delivery.event(OperationEvent::Started);
        delivery
    }

    /// Performs the operation on this thread.
    pub(crate) fn run(mut self) -> Result<Response, Error> {
        let state = self.state.clone();
        let result = catch_panic(&state, || self.run_attempts()).unwrap_or_else(Err);
        self.finish(result)
    }

    fn run_attempts(&mut self) -> Result<Response, Error> {
        self.pauses_for_too_long().map_or(Ok(()), Err)?;
        loop {
            self.wait_for_rate_limit()?;
            self.begin_attempt()?;
            let mut exchange = self.exchange()?;
            let attempt = Attempt::new(self.state.clone());
            let ended = match self.fake_round_trip(&mut exchange, &attempt) {
                Some(ended) => ended,
                None => self.backend.pool.round_trip(&self.backend.route, &mut exchange, &attempt),
            };
            match self.end_attempt(Some(exchange), ended) {
                Step::Done(result) => return result,
                Step::RetryAfter(wait) => self.state.wait(wait).map_err(|reason| self.stopped(reason))?,
            }
        }
    }

    /// Whether its request is written without noticeable delay.
    pub(crate) fn is_short(&self) -> bool {
        self.is_short
    }

    /// Whether it is a query, whose response's body matters and may be long.
    pub(crate) fn is_query(&self) -> bool {
        self.request.is_idempotent()
    }

    pub(crate) fn rate_limit(&self) -> &RateLimit {
        &self.backend.rate_limit
    }

    fn wait_for_rate_limit(&self) -> Result<(), Error> {
        loop {
            let now = Instant::now();
            match self.rate_limit().admit(now) {
                Ok(()) => return Ok(()),
                Err(later) => self.state.wait(later - now).map_err(|reason| self.stopped(reason))?,
            }
        }
    }

    /// The error of an operation that would pause beyond its deadline: it fails now instead.
    pub(crate) fn pauses_for_too_long(&self) -> Option<Error> {
        if !self.rate_limit().is_limited() {
            return None;
        }
        let now = Instant::now();
        let deadline = self.state.deadline()?;
        let until = self.rate_limit().paused_until(now).filter(|until| *until >= deadline)?;
        let what = "the server asked this client to pause for longer than the timeout";
        let error = Error::new(ErrorKind::RateLimited, Outcome::NotSent, what);
        Some(error.advice("Wait until the pause is over.").with_retry_after(Some(until - now)))
    }

    /// Begins the next attempt: counts it, and takes its token.
    pub(crate) fn begin_attempt(&mut self) -> Result<(), Error> {
        faultpoint!("token");
        let token = match self.token.take() {
            Some(token) => token,
            None => self.backend.tokens.current()?,
        };
        let began = self.state.begin_attempt().map_err(|reason| self.stopped(reason))?;
        if self.began.replace(began).is_some() {
            self.backend.counters.retried();
        }
        self.token = Some(token);
        if let Some(watch) = &mut self.watch {
            watch.is_attempting = true;
            self.event(OperationEvent::AttemptStarted { attempt: self.state.attempts() });
        }
        Ok(())
    }

    /// The attempt's request, with the operation's body.
    pub(crate) fn exchange(&self) -> Result<Exchange, Error> {
        faultpoint!("request");
        let token = self.token.as_ref().expect("an attempt that began has a token");
        let body = self.state.take_body().map_err(|reason| self.stopped(reason))?;
        let headers = &self.context.headers;
        let exchange = self.request.exchange(&self.backend, token, &self.config.user_agent, headers, body);
        Ok(if self.watch.is_some() { exchange.watched() } else { exchange })
    }

    /// Performs an attempt that began, if the server is a fake one.
    pub(crate) fn attempt_with_fake_server(&mut self) -> Option<Result<Step, Error>> {
        self.backend.fake_server.as_ref()?;
        let mut exchange = match self.exchange() {
            Ok(exchange) => exchange,
            Err(error) => return Some(Err(error)),
        };
        let ended = self.fake_round_trip(&mut exchange, &Attempt::new(self.state.clone()))?;
        Some(Ok(self.end_attempt(Some(exchange), ended)))
    }

    fn fake_round_trip(
        &self,
        exchange: &mut Exchange,
        attempt: &Attempt,
    ) -> Option<Result<HttpResponse, Failure>> {
        self.backend.fake_round_trip(self.fake_call.as_deref(), exchange, attempt)
    }

    /// Ends the attempt, and decides what follows. Without an exchange, it found no connection.
    pub(crate) fn end_attempt(
        &mut self,
        exchange: Option<Exchange>,
        ended: Result<HttpResponse, Failure>,
    ) -> Step {
        let body = exchange.as_ref().map_or(&[][..], Exchange::body);
        let status = ended.as_ref().ok().map(|response| response.status);
        let failed = match ended.map(|response| self.evaluate(response, body)) {
            Ok(Ok(response)) => {
                self.attempt_ended(exchange.as_ref(), status, None);
                self.rate_limit().accepted(Instant::now());
                return Step::Done(Ok(response));
            }
            Ok(Err(failed)) => failed,
            Err(failure) => failed_attempt(failure, self.state.outcome()),
        };
        let outcome = failed.error.outcome();
        let cancelled = self.state.is_cancelled().then(|| Error::cancelled(outcome));
        self.attempt_ended(exchange.as_ref(), status, Some(cancelled.as_ref().unwrap_or(&failed.error)));
        self.state.end_attempt(outcome);
        if self.state.is_cancelled() {
            // Cancelling broke the connection, or came first: the caller's decision, not a failure to log or to retry.
            return Step::Done(Err(Error::cancelled(outcome)));
        }
        let attempt = self.state.attempts();
        let wait = match self.policy().next(&failed, attempt, self.may_refresh) {
            Next::Fail => {
                self.observe_rate_limit(&failed.error, None);
                return Step::Done(Err(failed.error));
            }
            Next::FreshToken => match self.refresh_token() {
                Ok(true) => Duration::ZERO,
                Ok(false) => return Step::Done(Err(failed.error)),
                Err(error) => return Step::Done(Err(error)),
            },
            Next::Wait(wait) => wait,
            Next::Backoff(max) => retry::jitter(max),
        };
        self.observe_rate_limit(&failed.error, Some(wait));
        if wait >= self.state.time_left() {
            return Step::Done(Err(failed.error));
        }
        faultpoint!("retry");
        self.log_subject().retrying(attempt, wait, &failed.error);
        self.event(OperationEvent::Retrying { attempt, wait, error: &failed.error });
        if let Some(exchange) = exchange {
            self.state.store_body(exchange.into_body());
        }
        // A test does not wait.
        Step::RetryAfter(if self.backend.fake_server.is_some() { Duration::ZERO } else { wait })
    }

    /// After HTTP 429 the whole client pauses: as long as the server asked, else as long as this operation waits.
    fn observe_rate_limit(&self, error: &Error, wait: Option<Duration>) {
        if error.kind() == ErrorKind::RateLimited
            && self.backend.fake_server.is_none()
            && let Some(began) = self.began
        {
            let wait = error.retry_after().or(wait).unwrap_or_default();
            self.rate_limit().limited(began, Instant::now(), wait);
        }
    }

    /// The client's, but for what the call sets. A query can always be repeated.
    fn policy(&self) -> RetryPolicy {
        let (policy, call) = (self.config.policy, self.request.api_request().options());
        let retry_unknown = call.retry_unknown.unwrap_or(policy.retry_unknown);
        RetryPolicy {
            max_attempts: call.max_attempts.unwrap_or(policy.max_attempts),
            retry_unknown: retry_unknown || self.request.is_idempotent(),
        }
    }

    /// `body` is the request's.
    fn evaluate(&self, response: HttpResponse, body: &[u8]) -> Result<Response, FailedAttempt> {
        faultpoint!("answer");
        let token = self.token.as_ref().map_or("", |token| &token.text);
        let message = self.request.message().text(body);
        let secrets = [self.backend.tokens.credentials().secret(), token, &message];
        if !response.is_success() {
            let error = error_for(&response, &secrets, SystemTime::now());
            return Err(FailedAttempt { error, is_final: false });
        }
        let parsed = self.request.api_request().parse_response(&response, &secrets, self.state.attempts());
        parsed.map_err(|what| {
            let error = Error::new(ErrorKind::Protocol, Outcome::Unknown, what);
            // The server would answer a retry alike.
            let error = error.with_response(response.status, ErrorBody::default());
            FailedAttempt { error, is_final: true }
        })
    }

    /// Takes a fresh token for the next attempt, if the client signs its tokens itself.
    fn refresh_token(&mut self) -> Result<bool, Error> {
        let Some(refused) = &self.token else { return Ok(false) };
        self.may_refresh = false;
        self.token = self.backend.tokens.fresh(refused)?;
        Ok(self.token.is_some())
    }

    /// The error of an operation whose deadline passed before its next attempt.
    pub(crate) fn late(&self) -> Error {
        self.stopped(StopReason::Deadline)
    }

    /// The error of an attempt that did not begin.
    fn stopped(&self, reason: StopReason) -> Error {
        let what = match (reason, self.state.attempts()) {
            (StopReason::Cancelled, _) => return Error::cancelled(Outcome::NotSent),
            (StopReason::Deadline, _) if !self.rate_limit().is_open(Instant::now()) => {
                "the deadline passed while waiting for the server's rate limit"
            }
            (StopReason::Deadline, 0) => "the deadline passed before the send began",
            (StopReason::Deadline, _) => "the deadline passed before the next attempt",
        };
        Error::new(ErrorKind::Timeout, Outcome::NotSent, what)
    }

    /// Completes the result with what is known of all attempts, and logs it.
    pub(crate) fn finish(&mut self, result: Result<Response, Error>) -> Result<Response, Error> {
        let result = result.map_err(|error| {
            let error = error.with_attempts(self.state.attempts());
            match self.request.is_idempotent() {
                true => error.for_query(),
                false => error.or_unknown(self.state.unknown_before()),
            }
        });
        self.backend.counters.ended(result.as_ref());
        if let Err(error) = &result {
            self.attempt_ended(None, None, Some(error));
        }
        self.backend.fake_ended(self.fake_call.take(), self.state.attempts(), result.as_ref().err());
        self.log_subject().finished(self.state.attempts(), &result);
        self.ended(result.as_ref().err());
        result
    }

    fn event(&self, event: OperationEvent<'_>) {
        if let Some(watch) = &self.watch {
            watch.event(self.watched(), event);
        }
    }

    fn watched(&self) -> Watched<'_> {
        let base_url = &self.backend.route.base_url;
        Watched {
            room_id: self.request.api_request().room_id(),
            path: self.request.path(),
            server_address: base_url.host(),
            server_port: base_url.port(),
        }
    }

    /// The attempt ends with its operation: it was cancelled.
    pub(crate) fn abandon_attempt(&mut self, exchange: &Exchange, error: &Error) {
        self.attempt_ended(Some(exchange), None, Some(error));
    }

    /// Tells the end of the attempt, unless none has begun or it was told.
    fn attempt_ended(&mut self, exchange: Option<&Exchange>, status: Option<u16>, error: Option<&Error>) {
        let Some(watch) = &mut self.watch else { return };
        if !mem::take(&mut watch.is_attempting) {
            return;
        }
        let now = Instant::now();
        watch.latest = now;
        let began = self.began.unwrap_or(now);
        let timings = exchange.map(Exchange::timings).unwrap_or_default();
        let metrics = AttemptMetrics {
            started: watch.since_start(began),
            elapsed: now - began,
            connected: self.state.take_connected(),
            write: timings.began.zip(timings.written).map(|(began, written)| written - began),
            wait: timings.written.map(|written| now - written),
            request_bytes: timings.sent,
            response_bytes: timings.received,
            status,
        };
        self.event(OperationEvent::AttemptEnded { attempt: self.state.attempts(), metrics, error });
    }

    /// Tells the end of the operation.
    fn ended(&mut self, error: Option<&Error>) {
        let Some(watch) = &mut self.watch else { return };
        watch.has_ended = true;
        // A success ends with its attempt; a failure may come later.
        let now = if error.is_some() { Instant::now() } else { watch.latest };
        let elapsed = watch.since_start(now);
        self.event(OperationEvent::Ended { attempts: self.state.attempts(), elapsed, error });
    }

    fn log_subject(&self) -> logging::Subject<'_> {
        let room_id = self.request.api_request().room_id();
        logging::Subject { path: self.request.path(), room_id, scope: self.context.log_scope.as_ref() }
    }
}

impl Drop for Delivery<'_> {
    fn drop(&mut self) {
        if let Some(call) = self.fake_call.take() {
            let error = Error::panicked(self.state.outcome());
            self.backend.fake_ended(Some(call), self.state.attempts(), Some(&error));
        }
        if self.watch.as_ref().is_some_and(|watch| !watch.has_ended) {
            let error = Error::panicked(self.state.outcome());
            self.attempt_ended(None, None, Some(&error));
            self.ended(Some(&error));
        }
    }
}

fn failed_attempt(failure: Failure, outcome: Outcome) -> FailedAttempt {
    let is_final = matches!(failure.kind, FailureKind::Refused | FailureKind::Configuration(_));
    let (kind, advice) = match failure.kind {
        FailureKind::Configuration(advice) => (ErrorKind::Configuration, advice),
        FailureKind::Connect | FailureKind::Refused | FailureKind::Broken => (ErrorKind::Connection, ""),
        FailureKind::Deadline => (ErrorKind::Timeout, ""),
        FailureKind::Cancelled => (ErrorKind::Cancelled, ""),
        FailureKind::Protocol => (ErrorKind::Protocol, ""),
    };
    let mut error = Error::new(kind, outcome, failure.text).advice(advice);
    if let Some(number) = failure.os_error {
        error = error.with_source(io::Error::from_raw_os_error(number));
    }
    FailedAttempt { error, is_final }
}
