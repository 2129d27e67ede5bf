//! The numbers of kinds and outcomes. They are part of the ABI: new ones are added, none ever changes.

use std::ffi::{c_char, c_int};

use roomcast_core::{ErrorKind, Outcome, WebhookErrorKind};

use crate::panics::guarded;

pub(crate) use roomcast_status::ROOMCAST_OK;

/// The result of a call: `ROOMCAST_OK`, which is 0, or the kind of error. The numbers never change. Later versions may add
/// some: treat an unknown one as a failure.
///
/// A status does not say whether the message was delivered: see `roomcast_outcome`.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum roomcast_status {
    /// Success: the server accepted the message, which does not say who received it; or an `_async` send was started; or a
    /// query was answered; or each of several recipients or messages has a result of its own.
    ROOMCAST_OK = 0,
    /// An argument broke a rule; nothing was sent.
    ROOMCAST_INVALID_REQUEST = 1,
    /// The client is not usable as configured: no credentials, a bad base URL, NULL, use after close.
    ROOMCAST_CONFIGURATION = 2,
    /// HTTP 401: no valid management token.
    ROOMCAST_UNAUTHENTICATED = 3,
    /// HTTP 403: the token lacks the permission.
    ROOMCAST_PERMISSION_DENIED = 4,
    /// HTTP 404: no such room, or nobody in it, or no such peer.
    ROOMCAST_NOT_FOUND = 5,
    /// HTTP 429: too many requests; see `roomcast_error_retry_after_ms`. Also if the client pauses after a 429 for longer
    /// than the timeout; then nothing was sent.
    ROOMCAST_RATE_LIMITED = 6,
    /// Any other 3xx or 4xx but 408.
    ROOMCAST_REJECTED = 7,
    /// HTTP 5xx or 408.
    ROOMCAST_SERVER = 8,
    /// The name did not resolve, or the connection was refused, reset or closed, or TLS failed.
    ROOMCAST_CONNECTION = 9,
    /// The deadline passed.
    ROOMCAST_TIMEOUT = 10,
    /// The response was not HTTP, was too large, contradicted itself, or did not hold what was queried.
    ROOMCAST_PROTOCOL = 11,
    /// The caller cancelled the send, with `roomcast_pending_cancel`; or `roomcast_client_drain` did, at the end of its time.
    ROOMCAST_CANCELLED = 12,
    /// A panic or a broken invariant inside roomcast, caught.
    ROOMCAST_INTERNAL = 13,
    /// A webhook's secret header is missing or has another value: the request is not 100ms's. Answer 401.
    ROOMCAST_WRONG_SECRET = 14,
    /// A webhook's body has more than 1 MiB. Answer 413.
    ROOMCAST_TOO_LARGE = 15,
    /// A webhook's body is not an event, or not one that could be acted upon. Answer 400.
    ROOMCAST_INVALID_BODY = 16,
    /// Too many `_async` operations were started and are not complete, or have results that were not collected; nothing was sent.
    /// Wait for some of them, or collect results.
    ROOMCAST_QUEUE_FULL = 17,
}

/// What is known of the message when a send failed: this is what to act on. Numbers never change.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum roomcast_outcome {
    /// There is no message: the error is that of a webhook, or NULL.
    ROOMCAST_OUTCOME_NONE = 0,
    /// It provably never left: sending again cannot show it twice.
    ROOMCAST_OUTCOME_NOT_SENT = 1,
    /// The server refused it.
    ROOMCAST_OUTCOME_REJECTED = 2,
    /// It may have been delivered: sending again may show it twice.
    ROOMCAST_OUTCOME_UNKNOWN = 3,
}

const STATUSES: usize = 1 + ErrorKind::ALL.len() + WebhookErrorKind::ALL.len();
const NAME: usize = 24;

/// The number of each kind. A kind of the core that has none yet fails the build, since [`NAMES`] is computed in it.
pub(crate) const fn status_of(kind: ErrorKind) -> roomcast_status {
    use roomcast_status::*;
    match kind {
        ErrorKind::InvalidRequest => ROOMCAST_INVALID_REQUEST,
        ErrorKind::Configuration => ROOMCAST_CONFIGURATION,
        ErrorKind::Unauthenticated => ROOMCAST_UNAUTHENTICATED,
        ErrorKind::PermissionDenied => ROOMCAST_PERMISSION_DENIED,
        ErrorKind::NotFound => ROOMCAST_NOT_FOUND,
        ErrorKind::RateLimited => ROOMCAST_RATE_LIMITED,
        ErrorKind::Rejected => ROOMCAST_REJECTED,
        ErrorKind::Server => ROOMCAST_SERVER,
        ErrorKind::Connection => ROOMCAST_CONNECTION,
        ErrorKind::Timeout => ROOMCAST_TIMEOUT,
        ErrorKind::Protocol => ROOMCAST_PROTOCOL,
        ErrorKind::Cancelled => ROOMCAST_CANCELLED,
        ErrorKind::QueueFull => ROOMCAST_QUEUE_FULL,
        ErrorKind::Internal => ROOMCAST_INTERNAL,
        _ => panic!("a kind has no number"),
    }
}

/// The number of each kind of webhook error; likewise.
pub(crate) const fn status_of_webhook(kind: WebhookErrorKind) -> roomcast_status {
    match kind {
        WebhookErrorKind::WrongSecret => roomcast_status::ROOMCAST_WRONG_SECRET,
        WebhookErrorKind::TooLarge => roomcast_status::ROOMCAST_TOO_LARGE,
        WebhookErrorKind::InvalidBody => roomcast_status::ROOMCAST_INVALID_BODY,
        _ => panic!("a kind has no number"),
    }
}

/// The core's names by number, each ending with a NUL byte, computed at compile time.
static NAMES: [[u8; NAME]; STATUSES] = {
    let mut names = [c_name("ok"); STATUSES];
    let mut i = 0;
    while i < ErrorKind::ALL.len() {
        let kind = ErrorKind::ALL[i];
        names[status_of(kind) as usize] = c_name(kind.as_str());
        i += 1;
    }
    i = 0;
    while i < WebhookErrorKind::ALL.len() {
        let kind = WebhookErrorKind::ALL[i];
        names[status_of_webhook(kind) as usize] = c_name(kind.as_str());
        i += 1;
    }
    names
};
static NOT_SENT: [u8; NAME] = c_name(Outcome::NotSent.as_str());
static REJECTED: [u8; NAME] = c_name(Outcome::Rejected.as_str());
static UNKNOWN: [u8; NAME] = c_name(Outcome::Unknown.as_str());

const fn c_name(name: &str) -> [u8; NAME] {
    assert!(name.len() < NAME);
    let mut bytes = [0; NAME];
    let mut i = 0;
    while i < name.len() {
        bytes[i] = name.as_bytes()[i];
        i += 1;
    }
    bytes
}

pub(crate) const fn outcome_of(outcome: Outcome) -> roomcast_outcome {
    match outcome {
        Outcome::NotSent => roomcast_outcome::ROOMCAST_OUTCOME_NOT_SENT,
        Outcome::Rejected => roomcast_outcome::ROOMCAST_OUTCOME_REJECTED,
        Outcome::Unknown => roomcast_outcome::ROOMCAST_OUTCOME_UNKNOWN,
    }
}

pub(crate) fn kind_name(number: c_int) -> *const c_char {
    let name = usize::try_from(number).ok().and_then(|index| NAMES.get(index));
    name.map_or(c"".as_ptr(), |name| name.as_ptr().cast())
}

pub(crate) fn outcome_name(outcome: roomcast_outcome) -> *const c_char {
    match outcome {
        roomcast_outcome::ROOMCAST_OUTCOME_NONE => c"".as_ptr(),
        roomcast_outcome::ROOMCAST_OUTCOME_NOT_SENT => NOT_SENT.as_ptr().cast(),
        roomcast_outcome::ROOMCAST_OUTCOME_REJECTED => REJECTED.as_ptr().cast(),
        roomcast_outcome::ROOMCAST_OUTCOME_UNKNOWN => UNKNOWN.as_ptr().cast(),
    }
}

/// The name of a status, the same in every language: "invalid_request", "timeout" and so on; "ok" for `ROOMCAST_OK`, "" for
/// an unknown number.
///
/// `status` is an int, so that any number may be passed. Never returns NULL. The string is static: do not free it. Callable
/// from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_status_name(status: c_int) -> *const c_char {
    guarded(c"".as_ptr(), || kind_name(status))
}
