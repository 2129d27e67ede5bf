//! Panics, caught: crossing into C, they would end or corrupt the caller's process.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs what fails by a panic only; returns `fallback` then.
pub(crate) fn guarded<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(fallback)
}
