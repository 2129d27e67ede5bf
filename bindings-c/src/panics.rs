//! Catches panics: one that unwinds into C is undefined behaviour, or ends the caller's process.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `body`, which can fail by a panic only; returns `fallback` then.
pub(crate) fn guarded<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(fallback)
}
