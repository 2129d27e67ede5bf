//! What a caller is told when a call did not succeed, beside its status.

use std::ffi::{CStr, CString, c_char};
use std::mem::MaybeUninit;

use roomcast_core::{Error, WebhookError};

use crate::ffi::c_string;
use crate::panics::guarded;
use crate::status::{
    ROOMCAST_OK, kind_name, outcome_name, outcome_of, roomcast_outcome, roomcast_status, status_of,
    status_of_webhook,
};

/// Why a call failed. Put into `*error` by the functions that fail, or given to a callback; freed with `roomcast_error_free`. It never changes,
/// so any number of threads may read it; what its functions return lives as long as it does. It holds no secret, no
/// token and no message text.
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
            attempts: 0,
        }
    }
}

impl From<Error> for roomcast_error {
    fn from(error: Error) -> Self {
        roomcast_error::new(&error)
    }
}

/// Asks an error; `none` is the answer of NULL.
fn ask<T: Copy>(error: Option<&roomcast_error>, none: T, ask: impl FnOnce(&roomcast_error) -> T) -> T {
    guarded(none, || error.map_or(none, ask))
}

/// What went wrong: the status that the call returned. `ROOMCAST_OK` for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_kind(error: Option<&roomcast_error>) -> roomcast_status {
    ask(error, ROOMCAST_OK, |it| it.kind)
}

/// The kind's name, e.g. "invalid_request"; "ok" for NULL. Never freed.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_kind_name(error: Option<&roomcast_error>) -> *const c_char {
    ask(error, c"ok".as_ptr(), |it| kind_name(it.kind as _))
}

/// What is known of the message: this is what to act on. `ROOMCAST_OUTCOME_NONE` for a webhook that was refused, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_outcome(error: Option<&roomcast_error>) -> roomcast_outcome {
    ask(error, roomcast_outcome::ROOMCAST_OUTCOME_NONE, |it| it.outcome)
}

/// The outcome's name: "not_sent", "rejected" or "unknown"; "" for a webhook that was refused, and for NULL. Never freed.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_outcome_name(error: Option<&roomcast_error>) -> *const c_char {
    ask(error, c"".as_ptr(), |it| outcome_name(it.outcome))
}

/// The whole text for a log: what happened, what that means for the message, and what to do. "" for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_message(error: Option<&roomcast_error>) -> *const c_char {
    ask(error, c"".as_ptr(), |it| it.text.as_ptr())
}

/// The HTTP status of the last answer; of a webhook that was refused, the one to answer with. 0 if there is none, or for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_http_status(error: Option<&roomcast_error>) -> u16 {
    ask(error, 0, |it| it.status.unwrap_or(0))
}

/// The server's own code: true if its answer had one, which is then written to `*code`. Else false, and `*code` is left
/// as it is. `code` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_server_code(
    error: Option<&roomcast_error>,
    code: Option<&mut MaybeUninit<i64>>,
) -> bool {
    let found = ask(error, None, |it| it.code);
    if let (Some(found), Some(code)) = (found, code) {
        code.write(found);
    }
    found.is_some()
}

/// The server's own message, at most 1,024 bytes; NULL if its answer had none, or for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_server_message(error: Option<&roomcast_error>) -> *const c_char {
    let text = |it: &roomcast_error| it.server_message.as_deref().map_or(std::ptr::null(), CStr::as_ptr);
    ask(error, std::ptr::null(), text)
}

/// How many details the server gave: at most 16; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_detail_count(error: Option<&roomcast_error>) -> usize {
    ask(error, 0, |it| it.details.len())
}

/// One of the server's details, counted from 0; NULL past the last, or for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_detail(error: Option<&roomcast_error>, index: usize) -> *const c_char {
    let text = |it: &roomcast_error| it.details.get(index).map_or(std::ptr::null(), |text| text.as_ptr());
    ask(error, std::ptr::null(), text)
}

/// How long the server asked to wait, in milliseconds from its answer; -1 if it did not, or for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_retry_after_ms(error: Option<&roomcast_error>) -> i64 {
    ask(error, -1, |it| it.retry_after_ms.unwrap_or(-1))
}

/// Attempts that were begun: 0 if an argument was refused, or for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_attempts(error: Option<&roomcast_error>) -> u32 {
    ask(error, 0, |it| it.attempts)
}

/// Frees an error and its texts. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_error_free(error: Option<Box<roomcast_error>>) {
    guarded((), || drop(error));
}
