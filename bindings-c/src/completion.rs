//! Collecting the results of operations that were started without a callback.

use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;
use std::time::Duration;

use roomcast_core::{Error, Outcome, Response};

use crate::client::{configuration, roomcast_client};
use crate::completion_queue::{Completed, Taken, UserData};
use crate::error::roomcast_error;
use crate::ffi::Output;
use crate::guard::run;
use crate::panics::guarded;
use crate::peers::roomcast_peers;
use crate::recipients::roomcast_recipients;
use crate::room::roomcast_room;
use crate::send_result::roomcast_send_result;
use crate::status::{ROOMCAST_OK, roomcast_status};

/// The result of one operation that was started by an `_async` function with `on_done` NULL. Collected with
/// `roomcast_client_next` or `roomcast_client_wait`; freed with `roomcast_completion_free`.
///
/// It is immutable, so any number of threads may read it. It outlives its client. What its functions return belongs to it, and is
/// valid until it is freed: do not free that.
#[allow(non_camel_case_types)]
pub struct roomcast_completion {
    user_data: UserData,
    result: CResult,
}

// SAFETY: the pointer is only passed back.
unsafe impl Sync for roomcast_completion {}

enum CResult {
    SendResult(roomcast_send_result),
    Recipients(roomcast_recipients),
    Peers(roomcast_peers),
    Room(Box<roomcast_room>),
    Error(Box<roomcast_error>),
}

impl CResult {
    fn new(result: Result<Response, Error>) -> Self {
        let converted = match result {
            Ok(response @ Response::SendResult(_)) => response.try_into().map(CResult::SendResult),
            Ok(response @ Response::Recipients(_)) => response.try_into().map(CResult::Recipients),
            Ok(response @ Response::Peers(_)) => response.try_into().map(CResult::Peers),
            Ok(response @ Response::Room(_)) => response.try_into().map(Box::new).map(CResult::Room),
            Err(error) => Err(error),
        };
        converted.unwrap_or_else(|error| CResult::Error(Box::new(error.into())))
    }
}

impl roomcast_completion {
    fn new(completed: Completed) -> Self {
        let Completed { user_data, result } = completed;
        // A panic must not lose the result: the caller counts on one for each operation.
        let result = catch_unwind(AssertUnwindSafe(|| CResult::new(result))).unwrap_or_else(|_| {
            let error = Error::panicked(Outcome::Unknown);
            CResult::Error(Box::new(error.into()))
        });
        roomcast_completion { user_data, result }
    }
}

/// The file descriptor of a client's completion queue, for `poll`, epoll, kqueue or any event loop: it is readable while results
/// wait to be collected, and only then. It is level-triggered; with an edge-triggered poller, collect until there is none.
///
/// Only poll it: do not read, write or close it. It stays the same in one process, and `roomcast_client_free` closes it: remove it
/// from the event loop before. A forked child has another one, for a queue of its own: call this function there, too. It is closed
/// on exec.
///
/// Returns -1 if `client` is NULL, if the process has no descriptor left, and on Windows: there, use `roomcast_client_wait` on a
/// thread of your own. Callable from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_client_fd(client: Option<&roomcast_client>) -> c_int {
    guarded(-1, || client.map_or(-1, |client| client.completions.current().fd()))
}

/// Collects the next result from a client's completion queue, in the order in which operations completed. Does not wait.
///
/// - `client` must not be NULL. It may be closed: results that are left, and those of operations in flight, can still be collected.
/// - `completion` must not be NULL. `*completion` is set to the result, which the caller frees with `roomcast_completion_free`; or to
///   NULL if there is none now, and on failure.
/// - `error` may be NULL. Otherwise `*error` is set to NULL on success, or to an error that the caller frees with
///   `roomcast_error_free`.
///
/// Returns `ROOMCAST_OK` with a result, or with NULL if there is none so far. Otherwise it returns
///
/// - `ROOMCAST_CONFIGURATION` at the end: if the client is closed, and all its results were collected. Also if it is NULL.
/// - `ROOMCAST_INVALID_REQUEST` if `completion` is NULL; no result is taken.
///
/// Callable from any thread, also by several at once: each result goes to one of them. Any function of this header may be called
/// between two results.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_client_next(
    client: Option<&roomcast_client>,
    completion: *mut *mut roomcast_completion,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { take(client, Some(Duration::ZERO), completion, error) }
}

/// Waits for the next result of a client's completion queue, and collects it.
///
/// - `timeout_ms` is the longest wait in milliseconds: 0 does not wait, and a negative number sets no limit. Without a limit it
///   waits for operations that are yet to be started, too, until the client is closed.
///
/// `*completion` is set to NULL if no result came in time. The wait continues after a signal that the program handles, and a
/// cancelled thread (pthread_cancel) is cancelled after it: a program that must notice these waits in slices. Returns
/// `ROOMCAST_CONFIGURATION` immediately, also in threads that wait already, when the client is closed and all its results were
/// collected: none will come. The client must not be freed meanwhile. It must not be called in a callback: see `roomcast_on_done`.
///
/// All else as in `roomcast_client_next`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_client_wait(
    client: Option<&roomcast_client>,
    timeout_ms: i32,
    completion: *mut *mut roomcast_completion,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    let limit = u64::try_from(timeout_ms).ok().map(Duration::from_millis);
    // SAFETY: the caller guarantees what the documentation demands.
    unsafe { take(client, limit, completion, error) }
}

/// # Safety
/// The outputs are NULL or may be written to.
unsafe fn take(
    client: Option<&roomcast_client>,
    limit: Option<Duration>,
    completion: *mut *mut roomcast_completion,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: guaranteed by the caller.
    let (completion, error) = unsafe { (Output::new(completion), Output::new(error)) };
    run(error, Outcome::NotSent, || {
        completion.clear();
        let client = client.ok_or_else(|| configuration("the client is NULL"))?;
        completion.require("completion")?;
        match client.completions.take(limit) {
            Taken::Completed(completed) => completion.set(roomcast_completion::new(completed)),
            Taken::Nothing => {}
            Taken::End => {
                return Err(configuration("the client is closed, and all its results were collected"));
            }
        }
        Ok(())
    })
}

/// What a completion has; `default` for NULL.
fn property<'a, T>(
    completion: Option<&'a roomcast_completion>,
    default: T,
    get: impl FnOnce(&'a roomcast_completion) -> T,
) -> T {
    let mut result = default;
    guarded((), || {
        if let Some(completion) = completion {
            result = get(completion);
        }
    });
    result
}

/// The `user_data` that the `_async` call was given: it says which operation this is the result of. A number will do, cast to a
/// pointer: the library does not dereference it. NULL if `completion` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_completion_user_data(completion: Option<&roomcast_completion>) -> *mut c_void {
    property(completion, null_mut(), |it| it.user_data.0)
}

/// `ROOMCAST_OK` if the operation succeeded, else the kind of the error. `ROOMCAST_OK` if `completion` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_completion_status(completion: Option<&roomcast_completion>) -> roomcast_status {
    property(completion, ROOMCAST_OK, |it| match &it.result {
        CResult::Error(error) => error.kind,
        _ => ROOMCAST_OK,
    })
}

/// The result of a send of one message, if it succeeded; else NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_completion_send_result(
    completion: Option<&roomcast_completion>,
) -> Option<&roomcast_send_result> {
    property(completion, None, |it| match &it.result {
        CResult::SendResult(result) => Some(result),
        _ => None,
    })
}

/// What became of a message for each of its recipients, of a send to several, if it succeeded; else NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_completion_recipients(
    completion: Option<&roomcast_completion>,
) -> Option<&roomcast_recipients> {
    property(completion, None, |it| match &it.result {
        CResult::Recipients(recipients) => Some(recipients),
        _ => None,
    })
}

/// The peers, of a query that lists them, if it succeeded; else NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_completion_peers(
    completion: Option<&roomcast_completion>,
) -> Option<&roomcast_peers> {
    property(completion, None, |it| match &it.result {
        CResult::Peers(peers) => Some(peers),
        _ => None,
    })
}

/// The room, of a query that gets one, if it succeeded; else NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_completion_room(
    completion: Option<&roomcast_completion>,
) -> Option<&roomcast_room> {
    property(completion, None, |it| match &it.result {
        CResult::Room(room) => Some(&**room),
        _ => None,
    })
}

/// Why the operation failed: its outcome says what is known of the message. NULL if it succeeded, and if `completion` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_completion_error(
    completion: Option<&roomcast_completion>,
) -> Option<&roomcast_error> {
    property(completion, None, |it| match &it.result {
        CResult::Error(error) => Some(&**error),
        _ => None,
    })
}

/// Frees a result, and all that its functions returned but `user_data`, which is the caller's. `completion` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_completion_free(completion: Option<Box<roomcast_completion>>) {
    guarded((), || drop(completion));
}
