//! The result of a send that succeeded.

use std::ffi::{CString, c_char};

use roomcast_core::{Error, Response, SendResult};

use crate::ffi::c_string;
use crate::panics::guarded;

/// The result of a successful send: the server accepted the message. That does not say who received it, nor how many.
///
/// The functions that send one message return it through `roomcast_send_options.send_result`, their `_async` forms pass it to
/// the callback; freed with `roomcast_send_result_free`. Those of several recipients belong to a `roomcast_recipients`, those in the
/// completion queue to a `roomcast_completion`, and `roomcast_send_many` lends each to its callback: do not free these. It is immutable, so any number of threads may read it.
#[allow(non_camel_case_types)]
pub struct roomcast_send_result {
    message: CString,
    attempts: u32,
    request_id: Option<CString>,
}

impl roomcast_send_result {
    pub(crate) fn new(send_result: &SendResult) -> Self {
        roomcast_send_result {
            message: c_string(&send_result.message),
            attempts: send_result.attempts,
            request_id: send_result.request_id.as_deref().map(c_string),
        }
    }
}

impl TryFrom<Response> for roomcast_send_result {
    type Error = Error;

    fn try_from(response: Response) -> Result<Self, Error> {
        SendResult::try_from(response).map(|send_result| roomcast_send_result::new(&send_result))
    }
}

/// The server's text, "message sent"; "" if it sent none, and if `send_result` is NULL. The string is valid until
/// `send_result` is freed.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_send_result_message(send_result: Option<&roomcast_send_result>) -> *const c_char {
    guarded(c"".as_ptr(), || send_result.map_or(c"".as_ptr(), |it| it.message.as_ptr()))
}

/// The number of attempts, 1 or more; 0 if `send_result` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_send_result_attempts(send_result: Option<&roomcast_send_result>) -> u32 {
    guarded(0, || send_result.map_or(0, |it| it.attempts))
}

/// The server's own id of the request, e.g. of its header `X-Request-Id`, for questions to its operator. NULL if it sent none,
/// and if `send_result` is NULL. The string is valid until `send_result` is freed.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_send_result_request_id(
    send_result: Option<&roomcast_send_result>,
) -> *const c_char {
    guarded(std::ptr::null(), || {
        let id = send_result.and_then(|it| it.request_id.as_ref());
        id.map_or(std::ptr::null(), |id| id.as_ptr())
    })
}

/// Frees a result and its strings. `send_result` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_send_result_free(send_result: Option<Box<roomcast_send_result>>) {
    guarded((), || drop(send_result));
}
