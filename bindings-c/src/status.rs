//! The numbers of kinds and outcomes. They are part of the ABI: a new one is added, none ever changes.

use std::ffi::{CStr, CString, c_char, c_int};
use std::sync::LazyLock;

use roomcast_core::{ErrorKind, Outcome};

use crate::ffi::c_string;
use crate::guard::guarded;

pub(crate) use roomcast_status::ROOMCAST_OK;

/// How a call went: `ROOMCAST_OK`, which is 0, or what went wrong. Numbers never change; later versions may add some,
/// so treat one that you do not know as a failure.
///
/// What is known of the message is another question: see `roomcast_outcome`.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum roomcast_status {
    /// It worked: the server took the message. That does not tell who read it.
    ROOMCAST_OK = 0,
    /// An argument broke a rule; nothing was sent.
    ROOMCAST_INVALID_REQUEST = 1,
    /// The client cannot work as it was set up: no credentials, a bad base URL, NULL, use after close.
    ROOMCAST_CONFIGURATION = 2,
    /// HTTP 401: no valid management token.
    ROOMCAST_UNAUTHENTICATED = 3,
    /// HTTP 403: the token lacks the permission.
    ROOMCAST_PERMISSION_DENIED = 4,
    /// HTTP 404: no such room, or nobody in it, or no such peer.
    ROOMCAST_NOT_FOUND = 5,
    /// HTTP 429: too many requests; see `roomcast_error_retry_after_ms`.
    ROOMCAST_RATE_LIMITED = 6,
    /// Any other 3xx or 4xx but 408.
    ROOMCAST_REJECTED = 7,
    /// HTTP 5xx or 408.
    ROOMCAST_SERVER = 8,
    /// The name did not resolve, or the connection was refused, reset or closed, or TLS failed.
    ROOMCAST_CONNECTION = 9,
    /// The deadline passed.
    ROOMCAST_TIMEOUT = 10,
    /// The answer was not HTTP, was too large, or contradicted itself.
    ROOMCAST_PROTOCOL = 11,
    /// The caller gave the send up before it ended.
    ROOMCAST_CANCELLED = 12,
    /// A panic or a broken invariant inside roomcast, caught.
    ROOMCAST_INTERNAL = 13,
}

/// What is known of the message when a send failed: this is what to act on. Numbers never change.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy)]
pub enum roomcast_outcome {
    /// There is no error to ask: NULL was passed.
    ROOMCAST_OUTCOME_NONE = 0,
    /// It provably never left: sending again cannot show it twice.
    ROOMCAST_OUTCOME_NOT_SENT = 1,
    /// The server answered no.
    ROOMCAST_OUTCOME_REJECTED = 2,
    /// It may have been delivered: sending again may show it twice.
    ROOMCAST_OUTCOME_UNKNOWN = 3,
}

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
        // The core may gain kinds; the assertion below stops the build until they have a number.
        _ => ROOMCAST_INTERNAL,
    }
}

const _: () = {
    let mut i = 0;
    while i < ErrorKind::ALL.len() {
        let kind = ErrorKind::ALL[i];
        let is_internal = matches!(status_of(kind), roomcast_status::ROOMCAST_INTERNAL);
        assert!(is_internal == matches!(kind, ErrorKind::Internal), "a kind has no number yet");
        i += 1;
    }
};

pub(crate) fn outcome_of(outcome: Outcome) -> roomcast_outcome {
    match outcome {
        Outcome::NotSent => roomcast_outcome::ROOMCAST_OUTCOME_NOT_SENT,
        Outcome::Rejected => roomcast_outcome::ROOMCAST_OUTCOME_REJECTED,
        Outcome::Unknown => roomcast_outcome::ROOMCAST_OUTCOME_UNKNOWN,
    }
}

/// The core's names, as C can hold them.
static KINDS: LazyLock<Vec<(roomcast_status, CString)>> =
    LazyLock::new(|| ErrorKind::ALL.map(|kind| (status_of(kind), c_string(kind.as_str()))).into());
static OUTCOMES: LazyLock<[CString; 3]> = LazyLock::new(|| {
    [Outcome::NotSent, Outcome::Rejected, Outcome::Unknown].map(|outcome| c_string(outcome.as_str()))
});

pub(crate) fn kind_name(number: c_int) -> &'static CStr {
    if number == ROOMCAST_OK as c_int {
        return c"ok";
    }
    let known = KINDS.iter().find(|(status, _)| *status as c_int == number);
    known.map_or(c"", |(_, name)| name)
}

pub(crate) fn outcome_name(outcome: roomcast_outcome) -> &'static CStr {
    (outcome as usize).checked_sub(1).map_or(c"", |index| &OUTCOMES[index])
}

/// The name of a status, the same in every language: "invalid_request", "timeout" and so on; "ok" for `ROOMCAST_OK`, "" for
/// a number that this version does not know.
///
/// Takes an int, so that every number is safe to ask for. Never NULL, never freed, from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_status_name(status: c_int) -> *const c_char {
    guarded(c"".as_ptr(), || kind_name(status).as_ptr())
}
