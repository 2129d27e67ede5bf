//! Runs the body of a function that can fail: sets its status and error, and stops panics from reaching C.

use std::panic::{AssertUnwindSafe, catch_unwind};

use roomcast_core::{Error, Outcome};

use crate::error::roomcast_error;
use crate::ffi::Output;
use crate::host::ThreadState;
use crate::panics::guarded;
use crate::status::{ROOMCAST_OK, roomcast_status};

/// Runs `body`. Returns its status, and sets `error` to its error, or to NULL on success. `if_panicked` is what is known of
/// the message after a panic.
pub(crate) fn run(
    error: Output<roomcast_error>,
    if_panicked: Outcome,
    body: impl FnOnce() -> Result<(), Error>,
) -> roomcast_status {
    run_as(error, if_panicked, body)
}

/// As [`run`], for errors of another type.
pub(crate) fn run_as<E: From<Error> + Into<roomcast_error>>(
    error: Output<roomcast_error>,
    if_panicked: Outcome,
    body: impl FnOnce() -> Result<(), E>,
) -> roomcast_status {
    let _state = ThreadState::keep();
    error.clear();
    let result =
        catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| Err(Error::panicked(if_panicked).into()));
    match result {
        Ok(()) => ROOMCAST_OK,
        Err(failure) => guarded(roomcast_status::ROOMCAST_INTERNAL, || {
            let failure: roomcast_error = failure.into();
            let status = failure.kind;
            error.set(failure);
            status
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{roomcast_error_free, roomcast_error_outcome};
    use crate::status::roomcast_outcome::ROOMCAST_OUTCOME_UNKNOWN;

    fn panics() -> Result<(), Error> {
        panic!("on purpose")
    }

    #[test]
    fn a_panic_becomes_an_internal_error() {
        let mut error = std::ptr::null_mut();
        // SAFETY: it points to a local variable.
        let output = unsafe { Output::new(&raw mut error) };
        assert!(run(output, Outcome::Unknown, panics) == roomcast_status::ROOMCAST_INTERNAL);
        // SAFETY: `run` has just set it, and nothing else owns it.
        let error = unsafe { Box::from_raw(error) };
        assert!(roomcast_error_outcome(Some(&error)) == ROOMCAST_OUTCOME_UNKNOWN);
        roomcast_error_free(Some(error));
    }

    #[test]
    fn a_panic_without_an_error_output_becomes_a_status() {
        // SAFETY: NULL is allowed.
        let output = unsafe { Output::new(std::ptr::null_mut()) };
        assert!(run(output, Outcome::NotSent, panics) == roomcast_status::ROOMCAST_INTERNAL);
    }

    #[test]
    fn a_panic_returns_the_fallback() {
        assert_eq!(guarded(7, || panic!("on purpose")), 7);
    }
}
