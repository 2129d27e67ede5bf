//! Creating, closing and freeing a client.

use roomcast_core::{Client, Error, ErrorKind, Outcome};

use crate::error::roomcast_error;
use crate::ffi::{Output, read_options};
use crate::guard::run;
use crate::options::roomcast_client_options;
use crate::panics::guarded;
use crate::status::roomcast_status;

/// Sends messages into live rooms, and queries who is there. Create one with `roomcast_client_new` and share it: any
/// number of threads may use it at once. In a forked child it opens connections of its own.
#[allow(non_camel_case_types)]
pub struct roomcast_client(pub(crate) Client);

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
        client.set(roomcast_client(builder.build()?));
        Ok(())
    })
}

/// Closes a client: every further call with it fails with `ROOMCAST_CONFIGURATION`. Sends in flight continue to their
/// end; idle connections are closed. The client still has to be freed.
///
/// `client` may be NULL. Closing twice has no effect. Callable from any thread, also while other threads send.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_client_close(client: Option<&roomcast_client>) {
    guarded((), || client.map_or((), |client| client.0.close()));
}

/// Closes and frees a client. `_async` sends that were started continue to their end.
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
