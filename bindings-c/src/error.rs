//! The error of a call that failed: what its status cannot say.

use std::ffi::{CStr, CString, c_char};
use std::mem::MaybeUninit;

use roomcast_core::{Error, WebhookError};

use crate::ffi::c_string;
use crate::panics::guarded;
use crate::status::{
    ROOMCAST_OK, kind_name, outcome_name, outcome_of, roomcast_outcome, roomcast_status, status_of,
    status_of_webhook,
};

/// Why a call failed. Set in `*error` by the functions that can fail, or passed to a callback; freed with
/// `roomcast_error_free`. What is a pointer to const belongs to another handle: do not free that.
///
/// It is immutable, so any number of threads may read it. The strings that its functions return are valid until it is
/// freed. It holds no secret, no token and no message text.
#[allow(non_camel_case_types)]
pub struct roomcast_error {
    pub(crate) kind: roomcast_status,
    outcome: roomcast_outcome,
    text: CString,
    status: Option<u16>,
    code: Option<i64>,
    server_message: Option<CString>,
    details: Vec<CString>,
    retry_after_ms: Option<i64>,
    request_id: Option<CString>,
    attempts: u32,
}

impl roomcast_error {
    pub(crate) fn new(error: &Error) -> Self {
        roomcast_error {
            kind: status_of(error.kind()),
            outcome: outcome_of(error.outcome()),
            text: c_string(&error.to_string()),
            status: error.status(),
            code: error.code(),
            server_message: error.server_message().map(c_string),
            details: error.details().iter().map(|detail| c_string(detail)).collect(),
            retry_after_ms: error.retry_after().map(|wait| wait.as_millis().try_into().unwrap_or(i64::MAX)),
            request_id: error.request_id().map(c_string),
            attempts: error.attempts(),
        }
    }

    pub(crate) fn of_webhook(error: &WebhookError) -> Self {
        roomcast_error {
            kind: status_of_webhook(error.kind()),
            outcome: roomcast_outcome::ROOMCAST_OUTCOME_NONE,
            text: c_string(&error.to_string()),
            status: Some(error.status()),
            code: None,
            server_message: None,
            details: Vec::new(),
            retry_after_ms: None,
            request_id: None,
            attempts: 0,
        }
    }
}

impl From<Error> for roomcast_error {
    fn from(error: Error) -> Self {
        roomcast_error::new(&error)
    }
}

/// Reads a property of an error; returns `default` for NULL.
fn property<T: Copy>(
    error: Option<&roomcast_error>,
    default: T,
    get: impl FnOnce(&roomcast_error) -> T,
) -> T {
    guarded(default, || error.map_or(default, get))
}

/// What went wrong: the status that the call returned. `ROOMCAST_OK` if `error` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_kind(error: Option<&roomcast_error>) -> roomcast_status {
    property(error, ROOMCAST_OK, |it| it.kind)
}

/// The kind's name, e.g. "invalid_request"; "ok" if `error` is NULL. The string is static: do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_kind_name(error: Option<&roomcast_error>) -> *const c_char {
    property(error, c"ok".as_ptr(), |it| kind_name(it.kind as _))
}

/// What is known of the message: this is what to act on. `ROOMCAST_OUTCOME_NONE` for a refused webhook, and if `error` is
/// NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_outcome(error: Option<&roomcast_error>) -> roomcast_outcome {
    property(error, roomcast_outcome::ROOMCAST_OUTCOME_NONE, |it| it.outcome)
}

/// The outcome's name: "not_sent", "rejected" or "unknown"; "" for a refused webhook, and if `error` is NULL. The string
/// is static: do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_outcome_name(error: Option<&roomcast_error>) -> *const c_char {
    property(error, c"".as_ptr(), |it| outcome_name(it.outcome))
}

/// The complete text, for a log: what happened, what that means for the message, and what to do. It is one line. "" if
/// `error` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_message(error: Option<&roomcast_error>) -> *const c_char {
    property(error, c"".as_ptr(), |it| it.text.as_ptr())
}

/// The HTTP status of the last response; for a refused webhook, the HTTP status to answer with. 0 if there is none, and if
/// `error` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_http_status(error: Option<&roomcast_error>) -> u16 {
    property(error, 0, |it| it.status.unwrap_or(0))
}

/// Reads the `code` in the response's body. Returns true and writes it to `*code` if there was one; otherwise, and if
/// `error` is NULL, returns false and leaves `*code` unchanged. `code` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_server_code(
    error: Option<&roomcast_error>,
    code: Option<&mut MaybeUninit<i64>>,
) -> bool {
    let found = property(error, None, |it| it.code);
    if let (Some(found), Some(code)) = (found, code) {
        code.write(found);
    }
    found.is_some()
}

/// The `message` in the response's body: at most 1,024 bytes, secrets redacted. NULL if there was none, and if `error` is
/// NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_server_message(error: Option<&roomcast_error>) -> *const c_char {
    let text = |it: &roomcast_error| it.server_message.as_deref().map_or(std::ptr::null(), CStr::as_ptr);
    property(error, std::ptr::null(), text)
}

/// The number of `details` in the response's body, at most 16. 0 if `error` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_detail_count(error: Option<&roomcast_error>) -> usize {
    property(error, 0, |it| it.details.len())
}

/// One of the `details` in the response's body, by its index from 0: at most 1,024 bytes, secrets redacted. NULL if the
/// index is out of range, and if `error` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_detail(error: Option<&roomcast_error>, index: usize) -> *const c_char {
    let text = |it: &roomcast_error| it.details.get(index).map_or(std::ptr::null(), |text| text.as_ptr());
    property(error, std::ptr::null(), text)
}

/// How long the server asked to wait (`Retry-After`, or the text of a 429), in milliseconds from its response. -1 if it did not ask, and if
/// `error` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_retry_after_ms(error: Option<&roomcast_error>) -> i64 {
    property(error, -1, |it| it.retry_after_ms.unwrap_or(-1))
}

/// The server's own id of the last request, e.g. of its header `X-Request-Id`, for questions to its operator. NULL if it sent
/// none, and if `error` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_request_id(error: Option<&roomcast_error>) -> *const c_char {
    let text = |it: &roomcast_error| it.request_id.as_deref().map_or(std::ptr::null(), CStr::as_ptr);
    property(error, std::ptr::null(), text)
}

/// The number of attempts that began: 0 if validation failed, and if `error` is NULL; at most `max_attempts`.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_attempts(error: Option<&roomcast_error>) -> u32 {
    property(error, 0, |it| it.attempts)
}

/// Frees an error and its strings. `error` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_free(error: Option<Box<roomcast_error>>) {
    guarded((), || drop(error));
}
