//! Cancelling a send that was started.

use std::sync::{Arc, OnceLock};

use roomcast_core::Pending;

use crate::panics::guarded;

/// A handle of a send that was started by an `_async` function, for cancelling it. Freed with `roomcast_pending_free`,
/// before or after the send has ended. Any number of threads may use it at once, but not while one of them frees it.
#[allow(non_camel_case_types)]
pub struct roomcast_pending(Arc<OnceLock<Pending>>);

impl roomcast_pending {
    /// A handle of a send that is about to start, and the slot that receives the send once it has. The caller must have
    /// the handle before the send starts: the callback may run, and use the handle, before the start has returned.
    pub(crate) fn new() -> (Self, Arc<OnceLock<Pending>>) {
        let slot = Arc::default();
        (roomcast_pending(Arc::clone(&slot)), slot)
    }
}

/// Cancels an operation now: its callback is called, on this thread and before this function returns, with
/// `ROOMCAST_CANCELLED`; without a callback, that result is in the client's completion queue. The error's outcome is `ROOMCAST_OUTCOME_NOT_SENT` if the send was still queued or connecting (and
/// then the message never leaves), else `ROOMCAST_OUTCOME_UNKNOWN`.
///
/// Does nothing if the operation has ended already, or if its callback is being called on another thread; nor in a forked child if
/// the parent started it. `pending` may be NULL. Callable from any thread, also from a callback; but not while holding a
/// lock that the callback takes.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_pending_cancel(pending: Option<&roomcast_pending>) {
    guarded((), || {
        // The slot is empty until the start has returned: this call then comes from the send's own callback.
        if let Some(send) = pending.and_then(|it| it.0.get()) {
            send.cancel();
        }
    });
}

/// Frees the handle. This does not cancel the send, and its callback is still called. `pending` may be NULL. No other
/// thread may be using the handle.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_pending_free(pending: Option<Box<roomcast_pending>>) {
    guarded((), || drop(pending));
}
