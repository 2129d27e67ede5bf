//! A message's delivery: attempts within one deadline, until one succeeds or none may follow. What comes between them is the same
//! whether a thread waits for it or the event loop goes through it step by step.

use std::borrow::Cow;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ureq_proto::http::{HeaderValue, Method, Request, Uri, header};

use crate::answer::Answer;
use crate::error::{Error, ErrorKind, Outcome, ServerWords};
use crate::faultpoint::faultpoint;
use crate::process::Process;
use crate::receipt::Receipt;
use crate::retry::{self, FailedAttempt, Next, Policy};
use crate::rooms::{self, Filter};
use crate::token::Token;
use crate::told::Told;
use crate::transport::{self, Attempt, BlockedBy, Exchange, Failure, FailureKind, Interrupted, Progress};

/// A body of so many bytes is copied into a socket in a few microseconds.
const SHORT: usize = 16 * 1024;
/// The longest answer to a question, in bytes: a room of ten thousand peers, with more than a kilobyte each.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// A request that is ready to go, as often as it takes.
pub(crate) struct Prepared<'a> {
    pub(crate) uri: Uri,
    pub(crate) body: Vec<u8>,
    /// For blotting it out, should the server echo it.
    pub(crate) message: Cow<'a, str>,
    pub(crate) purpose: Purpose,
}

/// What a request is for.
pub(crate) enum Purpose {
    /// To send a message.
    Send,
    /// To ask for peers of a room.
    Peers(Filter),
    /// To ask for a room, by its id.
    Room(String),
}

impl Prepared<'_> {
    /// A request that only asks, and so may be asked again.
    pub(crate) fn question(uri: Uri, purpose: Purpose) -> Self {
        Prepared { uri, body: Vec::new(), message: Cow::Borrowed(""), purpose }
    }

    /// The same, without anything of the caller's in it.
    pub(crate) fn into_owned(self) -> Prepared<'static> {
        let Prepared { uri, body, message, purpose } = self;
        Prepared { uri, body, message: Cow::Owned(message.into_owned()), purpose }
    }

    pub(crate) fn is_question(&self) -> bool {
        !matches!(self.purpose, Purpose::Send)
    }
}

/// What every request of a client shares.
pub(crate) struct Shared {
    pub(crate) policy: Policy,
    pub(crate) user_agent: HeaderValue,
    pub(crate) interrupted: Option<Interrupted>,
}

/// One message on its way, or one question.
pub(crate) struct Delivery<'a> {
    pub(crate) process: Arc<Process>,
    pub(crate) progress: Arc<Progress>,
    shared: Arc<Shared>,
    prepared: Prepared<'a>,
    token: Option<Arc<Token>>,
    /// A fresh token may still be tried.
    may_refresh: bool,
}

/// What follows an attempt.
pub(crate) enum Step {
    Done(Result<Told, Error>),
    /// Another attempt, after this wait.
    Again(Duration),
}

impl<'a> Delivery<'a> {
    pub(crate) fn new(
        process: Arc<Process>,
        shared: Arc<Shared>,
        prepared: Prepared<'a>,
        progress: Arc<Progress>,
    ) -> Self {
        Delivery { process, progress, shared, prepared, token: None, may_refresh: true }
    }

    /// Sends, on this thread, and tells the truth about it, whatever happens.
    pub(crate) fn run(mut self) -> Result<Told, Error> {
        let progress = self.progress.clone();
        let result = guarded(&progress, || self.attempts()).unwrap_or_else(Err);
        self.told(result)
    }

    fn attempts(&mut self) -> Result<Told, Error> {
        loop {
            let exchange = self.begin()?;
            let attempt = Attempt::new(self.progress.clone());
            let ended = transport::exchange(&self.process.pool, &self.process.route, exchange, &attempt);
            match self.end(ended) {
                Step::Done(result) => return result,
                Step::Again(wait) => self.progress.wait(wait).map_err(blocked)?,
            }
        }
    }

    /// Whether its request is written in no time.
    pub(crate) fn is_short(&self) -> bool {
        self.prepared.body.len() <= SHORT
    }

    /// Begins the next attempt: with its request.
    pub(crate) fn begin(&mut self) -> Result<Exchange, Error> {
        faultpoint!("token");
        let token = match self.token.take() {
            Some(token) => token,
            None => self.process.tokens.current()?,
        };
        self.progress.begin_attempt().map_err(blocked)?;
        faultpoint!("request");
        let is_question = self.prepared.is_question();
        let json = HeaderValue::from_static("application/json");
        let mut request = Request::builder()
            .method(if is_question { Method::GET } else { Method::POST })
            .uri(self.prepared.uri.clone())
            .header(header::HOST, self.process.route.base_url.host_header())
            .header(header::AUTHORIZATION, &token.authorization)
            .header(header::ACCEPT, &json)
            .header(header::USER_AGENT, &self.shared.user_agent);
        if !is_question {
            let length = HeaderValue::from(self.prepared.body.len());
            request = request.header(header::CONTENT_TYPE, &json).header(header::CONTENT_LENGTH, length);
        }
        let request = request.body(()).expect("checked parts make a request");
        self.token = Some(token);
        let exchange = Exchange::new(request, &self.prepared.body);
        Ok(if is_question { exchange.for_the_body(MAX_ANSWER + 1) } else { exchange })
    }

    /// Ends the attempt, and decides what follows.
    pub(crate) fn end(&mut self, ended: Result<Answer, Failure>) -> Step {
        let failed = match ended.map(|answer| self.judge(answer)) {
            Ok(Ok(told)) => return Step::Done(Ok(told)),
            Ok(Err(failed)) => failed,
            Err(failure) => failed_attempt(failure, self.progress.outcome()),
        };
        self.progress.end_attempt(failed.error.outcome());
        let attempt = self.progress.attempts();
        let wait = match self.policy().next(&failed, attempt, self.may_refresh) {
            Next::GiveUp => return Step::Done(Err(failed.error)),
            Next::FreshToken => match self.refresh() {
                Ok(true) => Duration::ZERO,
                Ok(false) => return Step::Done(Err(failed.error)),
                Err(error) => return Step::Done(Err(error)),
            },
            Next::Wait(wait) => wait,
            Next::Backoff(most) => retry::jitter(most),
        };
        if wait >= self.progress.time_left() {
            return Step::Done(Err(failed.error));
        }
        faultpoint!("retry");
        log::info!("{}: attempt {attempt} failed, again in {wait:.3?}: {}", self.path(), failed.error);
        Step::Again(wait)
    }

    /// To ask again changes nothing, so that may always be done.
    fn policy(&self) -> Policy {
        let policy = self.shared.policy;
        Policy { retry_unknown: policy.retry_unknown || self.prepared.is_question(), ..policy }
    }

    fn judge(&self, answer: Answer) -> Result<Told, FailedAttempt> {
        faultpoint!("answer");
        let token = self.token.as_ref().map_or("", |token| &token.text);
        let secrets = [self.process.tokens.credentials().secret(), token, &self.prepared.message];
        if answer.is_success() {
            return match &self.prepared.purpose {
                Purpose::Send => {
                    let words = answer.words(&secrets).message.unwrap_or_default();
                    Ok(Told::Receipt(Receipt::new(words, self.progress.attempts())))
                }
                Purpose::Peers(filter) => held(&answer, |body| rooms::peers(body, filter)).map(Told::Peers),
                Purpose::Room(room_id) => {
                    held(&answer, |body| rooms::room(body, room_id)).map(|room| Told::Room(Box::new(room)))
                }
            };
        }
        Err(FailedAttempt { error: answer.into_error(&secrets, SystemTime::now()), is_final: false })
    }

    /// Takes a fresh token for the next attempt, if the client makes its tokens itself.
    fn refresh(&mut self) -> Result<bool, Error> {
        let Some(refused) = &self.token else { return Ok(false) };
        self.may_refresh = false;
        self.token = self.process.tokens.fresh(refused)?;
        Ok(self.token.is_some())
    }

    /// The result as the caller is told it.
    pub(crate) fn told(&self, result: Result<Told, Error>) -> Result<Told, Error> {
        let progress = &self.progress;
        let result = result.map_err(|error| {
            let error = error.with_attempts(progress.attempts());
            match self.prepared.is_question() {
                true => error.of_question(),
                false => error.or_unknown(progress.unknown_before()),
            }
        });
        log_end(self.path(), progress, &result);
        result
    }

    fn path(&self) -> &str {
        self.prepared.uri.path()
    }
}

/// Nothing that is logged holds a secret or the message's text: only the path, which names the room, and the error's own
/// words.
fn log_end(path: &str, progress: &Progress, result: &Result<Told, Error>) {
    match result {
        Ok(Told::Receipt(_)) => log::debug!("{path}: taken, attempts: {}", progress.attempts()),
        Ok(_) => log::debug!("{path}: told, attempts: {}", progress.attempts()),
        // The caller's own wish.
        Err(error) if error.kind() == ErrorKind::Cancelled => {
            log::debug!("{path}: attempts: {}, {error}", error.attempts());
        }
        Err(error) => log::warn!("{path}: attempts: {}, {error}", error.attempts()),
    }
}

/// What the answer to a question holds. Asked again, the server would answer alike.
fn held<T>(answer: &Answer, read: impl Fn(&[u8]) -> Result<T, String>) -> Result<T, FailedAttempt> {
    let held = match answer.body.len() > MAX_ANSWER {
        true => Err(format!("the answer has more than {MAX_ANSWER} bytes")),
        false => read(&answer.body),
    };
    held.map_err(|what| {
        let error = Error::new(ErrorKind::Protocol, Outcome::Unknown, what);
        FailedAttempt { error: error.answer(answer.status, ServerWords::default()), is_final: true }
    })
}

/// Runs a part of a send. A panic becomes an error that tells what is known of the message.
pub(crate) fn guarded<T>(progress: &Progress, part: impl FnOnce() -> T) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(part)).map_err(|_| panicked(progress.outcome()))
}

pub(crate) fn panicked(outcome: Outcome) -> Error {
    Error::new(ErrorKind::Internal, outcome, "roomcast panicked; please report it")
}

fn failed_attempt(failure: Failure, outcome: Outcome) -> FailedAttempt {
    let is_final = matches!(failure.kind, FailureKind::Refused);
    let kind = match failure.kind {
        FailureKind::Connect | FailureKind::Refused | FailureKind::Broken => ErrorKind::Connection,
        FailureKind::Deadline => ErrorKind::Timeout,
        FailureKind::Cancelled => ErrorKind::Cancelled,
        FailureKind::Protocol => ErrorKind::Protocol,
    };
    let mut error = Error::new(kind, outcome, failure.text);
    if let Some(number) = failure.os_error {
        error = error.caused_by(io::Error::from_raw_os_error(number));
    }
    FailedAttempt { error, is_final }
}

fn blocked(by: BlockedBy) -> Error {
    match by {
        BlockedBy::Deadline => {
            Error::new(ErrorKind::Timeout, Outcome::NotSent, "the deadline passed before the send began")
        }
        BlockedBy::Cancelled => cancelled(Outcome::NotSent),
    }
}

pub(crate) fn cancelled(outcome: Outcome) -> Error {
    Error::new(ErrorKind::Cancelled, outcome, "the caller gave the send up")
}
