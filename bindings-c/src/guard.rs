//! No panic crosses into C: it would end, or corrupt, the caller's process.

use std::panic::{AssertUnwindSafe, catch_unwind};

use roomcast_core::{Error, ErrorKind, Outcome};

use crate::error::roomcast_error;
use crate::ffi::Output;
use crate::status::{ROOMCAST_OK, roomcast_status};

/// Runs what cannot fail but by a panic; that gives `fallback`.
pub(crate) fn guarded<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(fallback)
}

/// Runs what may fail, and tells how it went: in the status, and in `error`, which is NULL after a success.
/// `if_panicked` is what is known of a message then.
pub(crate) fn told(
    error: Output<roomcast_error>,
    if_panicked: Outcome,
    body: impl FnOnce() -> Result<(), Error>,
) -> roomcast_status {
    told_as(error, if_panicked, body)
}

/// The same for what may fail in another way, too.
pub(crate) fn told_as<E: From<Error> + Into<roomcast_error>>(
    error: Output<roomcast_error>,
    if_panicked: Outcome,
    body: impl FnOnce() -> Result<(), E>,
) -> roomcast_status {
    error.clear();
    let panicked = || {
        let what = "roomcast panicked; please report it";
        Err(Error::new(ErrorKind::Internal, if_panicked, what).into())
    };
    let result = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| panicked());
    match result {
        Ok(()) => ROOMCAST_OK,
        Err(failure) => guarded(roomcast_status::ROOMCAST_INTERNAL, || {
            let failure: roomcast_error = failure.into();
            let status = failure.kind;
            error.put(failure);
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
    fn a_panic_is_an_error() {
        let mut error = std::ptr::null_mut();
        // SAFETY: the place is ours.
        let place = unsafe { Output::new(&raw mut error) };
        assert!(told(place, Outcome::Unknown, panics) == roomcast_status::ROOMCAST_INTERNAL);
        // SAFETY: it was just made, and nobody else has it.
        let error = unsafe { Box::from_raw(error) };
        assert!(roomcast_error_outcome(Some(&error)) == ROOMCAST_OUTCOME_UNKNOWN);
        roomcast_error_free(Some(error));
    }

    #[test]
    fn a_panic_whose_error_nobody_wants_is_a_status() {
        // SAFETY: NULL is allowed.
        let nowhere = unsafe { Output::new(std::ptr::null_mut()) };
        assert!(told(nowhere, Outcome::NotSent, panics) == roomcast_status::ROOMCAST_INTERNAL);
    }

    #[test]
    fn a_panic_gives_the_fallback() {
        assert_eq!(guarded(7, || panic!("on purpose")), 7);
    }
}
