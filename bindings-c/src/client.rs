//! Creating, closing and freeing a client.

use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::time::Duration;

use roomcast_core::{Client, DEFAULT_TIMEOUT, Error, ErrorKind, Outcome};

use crate::completion_queue::CompletionQueues;
use crate::error::roomcast_error;
use crate::ffi::{Output, read_options};
use crate::guard::run;
use crate::options::roomcast_client_options;
use crate::panics::guarded;
use crate::status::roomcast_status;

/// Sends messages into live rooms, and queries who is there. Create one with `roomcast_client_new` and share it: any
/// number of threads may use it at once. In a forked child it opens connections of its own.
#[allow(non_camel_case_types)]
pub struct roomcast_client {
    pub(crate) core: Client,
    pub(crate) completions: CompletionQueues,
    /// The client's own, of each call.
    timeout: Duration,
}

/// Creates a client. Nothing is sent yet.
///
/// - `options` may be NULL: every option then comes from the environment or has its default.
/// - `client` must not be NULL. `*client` is set to the new client, which the caller frees with `roomcast_client_free`,
///   or to NULL on failure.
/// - `error` may be NULL. Otherwise `*error` is set to NULL on success, or to an error that the caller frees with
///   `roomcast_error_free`.
///
/// Returns `ROOMCAST_OK`, or `ROOMCAST_CONFIGURATION`; the error's text then names the option or the environment
/// variable. Callable from any thread.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_client_new(
    options: *const roomcast_client_options,
    client: *mut *mut roomcast_client,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: the caller guarantees what the documentation demands.
    let (client, error) = unsafe { (Output::new(client), Output::new(error)) };
    run(error, Outcome::NotSent, || {
        client.clear();
        if client.is_null() {
            return Err(configuration("the output pointer for the client is NULL"));
        }
        // SAFETY: the caller guarantees what the documentation demands.
        let options = unsafe { read_options(options) }?.reject_unknown()?;
        // SAFETY: the caller guarantees what the documentation demands.
        let builder = unsafe { options.apply(Client::builder()) }?;
        let timeout = match options.timeout_ms {
            0 => DEFAULT_TIMEOUT,
            milliseconds => Duration::from_millis(milliseconds.into()),
        };
        client.set(roomcast_client {
            core: builder.build()?,
            completions: CompletionQueues::default(),
            timeout,
        });
        Ok(())
    })
}

/// Closes a client: every further call with it fails with `ROOMCAST_CONFIGURATION`. Sends in flight continue to their
/// end; idle connections are closed. The client still has to be freed. Results can still be collected: see `roomcast_client_next`.
///
/// `client` may be NULL. Closing twice has no effect. Callable from any thread, also while other threads send.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_client_close(client: Option<&roomcast_client>) {
    guarded((), || client.map_or((), close));
}

fn close(client: &roomcast_client) {
    // In this order: from the second on, no result is awaited that another thread may still start.
    client.core.close();
    client.completions.close();
}

/// Closes a client, and waits until its operations have ended: those in flight and those that are queued, blocking ones of other
/// threads, too. Call it before the program ends: a program that exits does not wait for `_async` operations, and what they were to
/// send is lost without a word.
///
/// At the end of the time, `_async` operations that are left are cancelled, and get `ROOMCAST_CANCELLED` with the outcome that says
/// what is known of the message: `ROOMCAST_OUTCOME_NOT_SENT` of those that were queued. Nothing is lost in silence: every
/// operation has its result. Callbacks have returned when this function returns; results of the completion queue are in it, and
/// are collected afterwards. Calls that block other threads, `roomcast_send_many` apart, are not cancelled: they end within their own
/// timeouts.
///
/// - `client` must not be NULL. It may be closed, or drained, already. It still has to be freed.
/// - `timeout_ms` is the longest wait in milliseconds; 0 cancels immediately; a negative number stands for the client's own timeout
///   (`roomcast_client_options.timeout_ms`), within which whatever is in flight ends by itself, though not all that is queued may. What
///   was cancelled may take some milliseconds more, and its callbacks up to 5 s.
/// - `all_ended` may be NULL. Otherwise `*all_ended` is set to 1 if all operations ended by themselves, else, and on failure, to 0.
/// - `error` may be NULL. Otherwise `*error` is set to NULL on success, or to an error that the caller frees with
///   `roomcast_error_free`.
///
/// Returns `ROOMCAST_OK`, or `ROOMCAST_CONFIGURATION` if `client` is NULL. Callable from any thread, but not from a callback of this
/// client, which it would wait for. Other threads may use the client meanwhile: what they start fails.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_client_drain(
    client: Option<&roomcast_client>,
    timeout_ms: i32,
    all_ended: Option<&mut MaybeUninit<c_int>>,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: the caller guarantees what the documentation demands.
    let error = unsafe { Output::new(error) };
    let mut ended = false;
    let status = run(error, Outcome::Unknown, || {
        let client = client.ok_or_else(|| configuration("the client is NULL"))?;
        let timeout = u64::try_from(timeout_ms).map_or(client.timeout, Duration::from_millis);
        close(client);
        ended = client.core.drain(timeout);
        Ok(())
    });
    if let Some(all_ended) = all_ended {
        all_ended.write(ended.into());
    }
    status
}

/// Closes and frees a client. `_async` operations that were started continue to their end, and their callbacks are called.
///
/// Results that wait in its completion queue are freed with it, and those of operations that were started without a callback are
/// dropped when they come: nobody can collect them. A line of the log says how many there were. So collect all of them before:
/// `roomcast_client_drain`, then `roomcast_client_next` until it returns `ROOMCAST_CONFIGURATION`. Its file descriptor is closed.
///
/// `client` may be NULL. No other thread may be in a call with the client, and it must not be used afterwards. Callable
/// from any thread, also from a callback.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_client_free(client: Option<Box<roomcast_client>>) {
    guarded((), || drop(client));
}

pub(crate) fn configuration(what: &str) -> Error {
    Error::new(ErrorKind::Configuration, Outcome::NotSent, what)
}
