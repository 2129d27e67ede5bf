//! Which library was loaded.

use std::ffi::c_char;

use crate::panics::guarded;

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");

/// The version of the library that runs, for example "0.1.0". `ROOMCAST_VERSION` is that of the header.
///
/// Never NULL, never freed, from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_version() -> *const c_char {
    guarded(VERSION.as_ptr().cast(), || VERSION.as_ptr().cast())
}
