//! Reading what 100ms posts.

use std::ffi::{CStr, c_char, c_void};

use roomcast_core::{Argument, Error, ErrorKind, Outcome, Spelling, WebhookError, Webhooks};

use crate::client::configuration;
use crate::error::roomcast_error;
use crate::event::roomcast_event;
use crate::ffi::{Output, text};
use crate::guard::{run, run_as};
use crate::panics::guarded;
use crate::status::roomcast_status;

/// Reads the webhooks that 100ms posts, and refuses everybody else's. Make one with `roomcast_webhooks_new` and share it: any
/// number of threads may read with it at once. It keeps the secret, and shows it nowhere.
#[allow(non_camel_case_types)]
pub struct roomcast_webhooks(Webhooks);

/// Makes a reader of webhooks.
///
/// - `secret` is the value of the header that was set for the webhook in 100ms's dashboard: visible ASCII characters, with
///   spaces only between them, at most 4,096. It is copied.
/// - `*webhooks` is set to the reader, which the caller frees with `roomcast_webhooks_free`, or to NULL if it fails.
/// - `error` may be NULL. Else `*error` is set to NULL, or to an error that the caller frees.
///
/// Fails with `ROOMCAST_CONFIGURATION`. From any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_webhooks_new(
    secret: *const c_char,
    webhooks: *mut *mut roomcast_webhooks,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: as documented.
    let (webhooks, error) = unsafe { (Output::new(webhooks), Output::new(error)) };
    run(error, Outcome::NotSent, || {
        webhooks.clear();
        if !webhooks.is_wanted() {
            return Err(configuration("the place for the reader is NULL"));
        }
        // SAFETY: as documented.
        let secret = unsafe { text(secret) }.unwrap_or(Argument::Null);
        let made = Webhooks::with_options([("secret".to_owned(), secret)], Spelling::Snake)?;
        webhooks.put(roomcast_webhooks(made));
        Ok(())
    })
}

/// Reads a request.
///
/// - `given` is the value of the request's secret header, or NULL if it had none. It is compared first, in a time that tells
///   nothing of the secret.
/// - `body` is the body as it came, `body_size` bytes, at most 1 MiB; it needs no NUL byte at its end. Have your server
///   refuse longer ones before it has read them.
/// - `*event` is set to the event, which the caller frees with `roomcast_event_free`, or to NULL if it fails.
/// - `error` may be NULL. Else `*error` is set to NULL, or to an error that the caller frees. It holds neither the secret, nor
///   the header, nor a word of the body; `roomcast_error_http_status` is what to answer with.
///
/// Fails with `ROOMCAST_WRONG_SECRET`, `ROOMCAST_TOO_LARGE` or `ROOMCAST_INVALID_BODY`; and with `ROOMCAST_INVALID_REQUEST` if
/// another argument is NULL.
///
/// That an event was read does not mean that it is new: 100ms sends it again if it gets no 200. Remember the id of each event
/// that was acted upon. From any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_webhooks_read(
    webhooks: Option<&roomcast_webhooks>,
    given: *const c_char,
    body: *const c_void,
    body_size: usize,
    event: *mut *mut roomcast_event,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: as documented.
    let (event, error) = unsafe { (Output::new(event), Output::new(error)) };
    run_as(error, Outcome::NotSent, || {
        event.clear();
        let Some(webhooks) = webhooks else { return Err(mistake("the reader is NULL")) };
        if !event.is_wanted() {
            return Err(mistake("the place for the event is NULL"));
        }
        if body.is_null() && body_size > 0 {
            return Err(mistake("body is NULL"));
        }
        if isize::try_from(body_size).is_err() {
            return Err(mistake("body_size is no size"));
        }
        let body = match body_size {
            0 => &[],
            // SAFETY: not NULL, and the caller vouches for its bytes.
            size => unsafe { std::slice::from_raw_parts(body.cast::<u8>(), size) },
        };
        // SAFETY: not NULL, and the caller vouches for the rest.
        let given = (!given.is_null()).then(|| unsafe { CStr::from_ptr(given) }.to_bytes());
        event.put(roomcast_event::new(&webhooks.0.read(given, body)?));
        Ok(())
    })
}

/// Frees a reader. NULL is fine. No other thread may be in a call with it, and nobody may use it afterwards. Events that it
/// read stay.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_webhooks_free(webhooks: Option<Box<roomcast_webhooks>>) {
    guarded((), || drop(webhooks));
}

/// Why nothing was read: the webhook, or the call.
enum Refused {
    Webhook(WebhookError),
    Call(Error),
}

fn mistake(what: &str) -> Refused {
    Refused::Call(Error::new(ErrorKind::InvalidRequest, Outcome::NotSent, what))
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Refused::Call(error)
    }
}

impl From<WebhookError> for Refused {
    fn from(error: WebhookError) -> Self {
        Refused::Webhook(error)
    }
}

impl From<Refused> for roomcast_error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Webhook(error) => roomcast_error::of_webhook(&error),
            Refused::Call(error) => roomcast_error::new(&error),
        }
    }
}
