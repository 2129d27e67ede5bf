//! What a caller is told when a message was taken.

use std::ffi::{CString, c_char};

use roomcast_core::SendResult;

use crate::ffi::c_string;
use crate::panics::guarded;

/// The server took the message. Made by the send functions, if `roomcast_send_options.send_result` says where to, and for
/// callbacks; freed with `roomcast_send_result_free`. It never changes, so any number of threads may read it.
#[allow(non_camel_case_types)]
pub struct roomcast_send_result {
    message: CString,
    attempts: u32,
}

impl roomcast_send_result {
    pub(crate) fn new(send_result: &SendResult) -> Self {
        roomcast_send_result { message: c_string(&send_result.message), attempts: send_result.attempts }
    }
}

/// The server's own words, "message sent"; "" if it had none, or for NULL. It lives as long as the send_result.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_send_result_message(send_result: Option<&roomcast_send_result>) -> *const c_char {
    guarded(c"".as_ptr(), || send_result.map_or(c"".as_ptr(), |it| it.message.as_ptr()))
}

/// The attempts that it took, 1 or more; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_send_result_attempts(send_result: Option<&roomcast_send_result>) -> u32 {
    guarded(0, || send_result.map_or(0, |it| it.attempts))
}

/// Frees a send_result and its text. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_send_result_free(send_result: Option<Box<roomcast_send_result>>) {
    guarded((), || drop(send_result));
}
