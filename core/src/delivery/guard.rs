//! Panics inside an operation, caught.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::Error;
use crate::net::SendState;

/// Runs a step of an operation. A panic becomes an error that says what is known of the message.
pub(crate) fn catch_panic<T>(state: &SendState, step: impl FnOnce() -> T) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(step)).map_err(|_| Error::panicked(state.outcome()))
}
