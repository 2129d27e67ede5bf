//! The version of the library.

use std::ffi::c_char;

use crate::panics::guarded;

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");

/// The version of the loaded library, e.g. "0.1.0"; `ROOMCAST_VERSION` is that of the header. Never NULL. The string is
/// static: do not free it. Callable from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_version() -> *const c_char {
    guarded(VERSION.as_ptr().cast(), || VERSION.as_ptr().cast())
}
