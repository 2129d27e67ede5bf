//! One send: attempts within one deadline, until one succeeds or none may follow.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ureq::http::{HeaderValue, Uri, header};

use crate::answer::Answer;
use crate::error::{Error, ErrorKind, Outcome};
use crate::faultpoint::faultpoint;
use crate::process::Process;
use crate::receipt::Receipt;
use crate::retry::{self, FailedAttempt, Next, Policy};
use crate::token::Token;
use crate::transport::{self, BlockedBy, Failure, FailureKind, Interrupted, Progress};

/// The most of an answer's body that is read. What the server says is shorter, or is not for us.
const MAX_BODY: u64 = 64 * 1024;
/// How long an answer's body is waited for once its status is known: the status tells all that matters.
const BODY_PATIENCE: Duration = Duration::from_secs(2);

/// A request that is ready to go, as often as it takes.
pub(crate) struct Prepared {
    pub(crate) uri: Uri,
    pub(crate) body: Vec<u8>,
    /// For blotting it out, should the server echo it.
    pub(crate) message: String,
}

/// What every request of a client shares.
pub(crate) struct Shared {
    pub(crate) policy: Policy,
    pub(crate) user_agent: HeaderValue,
    pub(crate) interrupted: Option<Interrupted>,
}

/// Sends, and tells the truth about it, whatever happens.
pub(crate) fn send(
    process: &Process,
    shared: &Shared,
    prepared: &Prepared,
    progress: &Arc<Progress>,
) -> Result<Receipt, Error> {
    // Between attempts there is little to panic; the attempts themselves catch their own.
    let caught = catch_unwind(AssertUnwindSafe(|| attempts(process, shared, prepared, progress)));
    let result = caught.unwrap_or_else(|_| Err(panicked(progress)));
    let result = result
        .map_err(|error| error.or_unknown(progress.unknown_before()).with_attempts(progress.attempts()));
    log_end(prepared.uri.path(), &result);
    result
}

/// Nothing that is logged holds a secret or the message's text: only the path, which names the room, and the error's own
/// words.
fn log_end(path: &str, result: &Result<Receipt, Error>) {
    match result {
        Ok(receipt) => log::debug!("{path}: taken, attempts: {}", receipt.attempts),
        // The caller's own wish.
        Err(error) if error.kind() == ErrorKind::Cancelled => {
            log::debug!("{path}: attempts: {}, {error}", error.attempts());
        }
        Err(error) => log::warn!("{path}: attempts: {}, {error}", error.attempts()),
    }
}

fn attempts(
    process: &Process,
    shared: &Shared,
    prepared: &Prepared,
    progress: &Arc<Progress>,
) -> Result<Receipt, Error> {
    faultpoint!("token");
    let mut token = process.tokens().current()?;
    let mut may_refresh = true;
    loop {
        let attempt = progress.begin_attempt().map_err(blocked)?;
        let failed = match one_attempt(process, shared, prepared, progress, &token) {
            Ok(receipt) => return Ok(Receipt::new(receipt, attempt)),
            Err(failed) => failed,
        };
        progress.end_attempt(failed.error.outcome());
        let wait = match shared.policy.next(&failed, attempt, may_refresh) {
            Next::GiveUp => return Err(failed.error),
            Next::FreshToken => match process.tokens().fresh(&token)? {
                Some(fresh) => {
                    token = fresh;
                    may_refresh = false;
                    Duration::ZERO
                }
                None => return Err(failed.error),
            },
            Next::Wait(wait) => wait,
            Next::Backoff(most) => retry::jitter(most),
        };
        if wait >= progress.time_left() {
            return Err(failed.error);
        }
        faultpoint!("retry");
        log::info!(
            "{}: attempt {attempt} failed, again in {wait:.3?}: {}",
            prepared.uri.path(),
            failed.error
        );
        progress.wait(wait).map_err(blocked)?;
    }
}

fn one_attempt(
    process: &Process,
    shared: &Shared,
    prepared: &Prepared,
    progress: &Arc<Progress>,
    token: &Token,
) -> Result<String, FailedAttempt> {
    let caught = progress.run(|| catch_unwind(AssertUnwindSafe(|| post(process, shared, prepared, token))));
    let answer = match caught {
        Ok(Ok(answer)) => answer,
        Ok(Err(failure)) => return Err(failed_attempt(failure, progress.outcome())),
        Err(_) => {
            // Whatever the panic left behind, the next send starts with a pool of its own.
            process.renew_agent();
            return Err(FailedAttempt { error: panicked(progress), is_final: true });
        }
    };
    faultpoint!("answer");
    let secrets = [process.tokens().credentials().secret(), token.text.as_str(), prepared.message.as_str()];
    if answer.is_success() {
        return Ok(answer.words(&secrets).message.unwrap_or_default());
    }
    Err(FailedAttempt { error: answer.into_error(&secrets, SystemTime::now()), is_final: false })
}

/// One request and its answer.
fn post(process: &Process, shared: &Shared, prepared: &Prepared, token: &Token) -> Result<Answer, Failure> {
    faultpoint!("request");
    let mut authorization =
        HeaderValue::try_from(format!("Bearer {}", token.text)).expect("a token is made of visible ASCII");
    authorization.set_sensitive(true);
    let request = ureq::http::Request::post(&prepared.uri)
        .header(header::AUTHORIZATION, authorization)
        .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .header(header::ACCEPT, HeaderValue::from_static("application/json"))
        .header(header::USER_AGENT, &shared.user_agent)
        .body(&prepared.body[..])
        .expect("checked parts make a request");
    process.agent().run(request).map(read).map_err(failure)
}

/// Reads what it can of an answer. Its status is known, so nothing that happens here is a failure.
fn read(mut response: ureq::http::Response<ureq::Body>) -> Answer {
    let status = response.status().as_u16();
    let retry_after = response.headers().get(header::RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok()).map(str::to_owned);
    transport::hurry(BODY_PATIENCE);
    let mut body = Vec::new();
    let mut reader = std::io::Read::take(response.body_mut().as_reader(), MAX_BODY);
    // A body that breaks off leaves what came before; the connection is not used again.
    let _ = std::io::Read::read_to_end(&mut reader, &mut body);
    Answer { status, retry_after, body }
}

fn failure(error: ureq::Error) -> Failure {
    match error {
        ureq::Error::Io(error) => Failure::broken(&error),
        ureq::Error::LargeResponseHeader(..) => {
            Failure::new(FailureKind::Protocol, "the answer's head is too large")
        }
        // Everything else that can still happen concerns what the server wrote.
        _ => Failure::new(FailureKind::Protocol, "the answer is not proper HTTP"),
    }
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

fn panicked(progress: &Progress) -> Error {
    Error::new(ErrorKind::Internal, progress.outcome(), "roomcast panicked; please report it")
}
