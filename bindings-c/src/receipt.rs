//! What a caller is told when a message was taken.

use std::ffi::{CString, c_char};

use roomcast_core::Receipt;

use crate::ffi::c_string;
use crate::guard::guarded;

/// The server took the message. Made by the send functions, if `roomcast_send_options.receipt` says where to, and for
/// callbacks; freed with `roomcast_receipt_free`. It never changes, so any number of threads may read it.
#[allow(non_camel_case_types)]
pub struct roomcast_receipt {
    message: CString,
    attempts: u32,
}

impl roomcast_receipt {
    pub(crate) fn new(receipt: &Receipt) -> Self {
        roomcast_receipt { message: c_string(&receipt.message), attempts: receipt.attempts }
    }
}

/// The server's own words, "message sent"; "" if it had none, or for NULL. It lives as long as the receipt.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_receipt_message(receipt: Option<&roomcast_receipt>) -> *const c_char {
    guarded(c"".as_ptr(), || receipt.map_or(c"".as_ptr(), |it| it.message.as_ptr()))
}

/// The attempts that it took, 1 or more; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_receipt_attempts(receipt: Option<&roomcast_receipt>) -> u32 {
    guarded(0, || receipt.map_or(0, |it| it.attempts))
}

/// Frees a receipt and its text. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_receipt_free(receipt: Option<Box<roomcast_receipt>>) {
    guarded((), || drop(receipt));
}
