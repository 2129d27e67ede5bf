//! Making, closing and freeing a client.

use roomcast_core::{Client, Error, ErrorKind, Outcome};

use crate::error::roomcast_error;
use crate::ffi::{Output, read};
use crate::guard::run;
use crate::options::roomcast_client_options;
use crate::panics::guarded;
use crate::status::roomcast_status;

/// Sends messages into live rooms. Make one with `roomcast_client_new` and share it: any number of threads may send with
/// it at once. In a forked child it makes connections of its own.
#[allow(non_camel_case_types)]
pub struct roomcast_client(pub(crate) Client);

/// Makes a client. Nothing is sent yet.
///
/// - `options` may be NULL: everything comes from the environment or is the default.
/// - `*client` is set to the client, which the caller frees with `roomcast_client_free`, or to NULL if it fails.
/// - `error` may be NULL. Else `*error` is set to NULL, or to an error that the caller frees.
///
/// Fails with `ROOMCAST_CONFIGURATION`, whose text names the option or the variable. From any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_client_new(
    options: *const roomcast_client_options,
    client: *mut *mut roomcast_client,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: as documented.
    let (client, error) = unsafe { (Output::new(client), Output::new(error)) };
    run(error, Outcome::NotSent, || {
        client.clear();
        if !client.is_wanted() {
            return Err(configuration("the place for the client is NULL"));
        }
        // SAFETY: as documented.
        let options = unsafe { read(options) }?.all()?;
        // SAFETY: as documented.
        let builder = unsafe { options.apply(Client::builder()) }?;
        client.put(roomcast_client(builder.build()?));
        Ok(())
    })
}

/// Closes a client: a send that begins from now on fails with `ROOMCAST_CONFIGURATION`, those under way go on to their
/// end, idle connections are closed. The client still has to be freed. Closing twice is fine, and so is NULL. From any
/// thread, also while others send.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_client_close(client: Option<&roomcast_client>) {
    guarded((), || client.map_or((), |client| client.0.close()));
}

/// Closes and frees a client. NULL is fine. No other thread may be in a call with it, and nobody may use it afterwards.
/// `_async` sends that were started go on to their end. From any thread, also from a callback.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_client_free(client: Option<Box<roomcast_client>>) {
    guarded((), || drop(client));
}

pub(crate) fn configuration(what: &str) -> Error {
    Error::new(ErrorKind::Configuration, Outcome::NotSent, what)
}
