//! Giving up a send that was started.

use std::sync::{Arc, OnceLock};

use roomcast_core::Pending;

use crate::panics::guarded;

/// A send that was started by an `_async` call, for giving it up. Freed with `roomcast_pending_free`, before the send has
/// ended or after. Any number of threads may use it at once; only freeing it must be alone.
#[allow(non_camel_case_types)]
pub struct roomcast_pending(Arc<OnceLock<Pending>>);

impl roomcast_pending {
    /// A handle of a send that is about to start, and where to put the send once it has. The caller has the handle by
    /// then: it may lie in `user_data`, which the callback may free before the start has returned.
    pub(crate) fn new() -> (Self, Arc<OnceLock<Pending>>) {
        let place = Arc::default();
        (roomcast_pending(Arc::clone(&place)), place)
    }
}

/// Gives a send up, now: its callback is called, on this thread and before this returns, with `ROOMCAST_CANCELLED`. The
/// error's outcome tells the truth: `ROOMCAST_OUTCOME_NOT_SENT` if the message had not begun to leave, and then it never
/// does; else `ROOMCAST_OUTCOME_UNKNOWN`.
///
/// Does nothing if the callback was called already, or is being called on another thread; nor in a forked child, if the
/// parent started the send. NULL is fine. From any thread, and from callbacks; not while holding a lock that the callback
/// takes.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_pending_cancel(pending: Option<&roomcast_pending>) {
    guarded((), || {
        // Without a send, the start has not returned yet, and who asks is its callback.
        if let Some(send) = pending.and_then(|it| it.0.get()) {
            send.cancel();
        }
    });
}

/// Frees the handle. The send goes on, and its callback will be called. NULL is fine. No other thread may be using the
/// handle.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_pending_free(pending: Option<Box<roomcast_pending>>) {
    guarded((), || drop(pending));
}
