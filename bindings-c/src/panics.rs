//! Catches panics: one that unwinds into C is undefined behaviour, or ends the caller's process. Every call is made in here,
//! so this also keeps the state of the caller's thread.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::host::ThreadState;

/// Runs `body`, which can fail by a panic only; returns `fallback` then.
pub(crate) fn guarded<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    let _state = ThreadState::keep();
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(fallback)
}
