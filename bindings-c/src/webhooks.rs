//! Verifying and parsing what 100ms posts.

use std::ffi::{CStr, c_char, c_void};

use roomcast_core::{Argument, Error, ErrorKind, Outcome, Spelling, WebhookError, Webhooks};

use crate::client::configuration;
use crate::error::roomcast_error;
use crate::event::roomcast_event;
use crate::ffi::{Output, text};
use crate::guard::{run, run_as};
use crate::panics::guarded;
use crate::status::roomcast_status;

/// Verifies and parses the webhooks that 100ms posts. Create one with `roomcast_webhooks_new` and share it: any number of
/// threads may use it at once. No error text holds the secret.
#[allow(non_camel_case_types)]
pub struct roomcast_webhooks(Webhooks);

/// Creates a webhook reader.
///
/// - `secret` is the value of the header that was set for the webhook in 100ms's dashboard: visible ASCII characters, with
///   spaces only between them, at most 4,096. Must not be NULL. It may be freed once this function has returned.
/// - `webhooks` must not be NULL. `*webhooks` is set to the reader, which the caller frees with `roomcast_webhooks_free`,
///   or to NULL on failure.
/// - `error` may be NULL. Otherwise `*error` is set to NULL on success, or to an error that the caller frees with
///   `roomcast_error_free`.
///
/// Returns `ROOMCAST_OK`, or `ROOMCAST_CONFIGURATION` if no HTTP header can carry such a secret. Callable from any thread.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_webhooks_new(
    secret: *const c_char,
    webhooks: *mut *mut roomcast_webhooks,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: the caller guarantees what the documentation demands.
    let (webhooks, error) = unsafe { (Output::new(webhooks), Output::new(error)) };
    run(error, Outcome::NotSent, || {
        webhooks.clear();
        if webhooks.is_null() {
            return Err(configuration("the output pointer for the webhook reader is NULL"));
        }
        // SAFETY: the caller guarantees what the documentation demands.
        let secret = unsafe { text(secret) }.unwrap_or(Argument::Null);
        let reader = Webhooks::with_options([("secret".to_owned(), secret)], Spelling::Snake)?;
        webhooks.set(roomcast_webhooks(reader));
        Ok(())
    })
}

/// Verifies and parses a webhook request.
///
/// - `header` is the value of the request's secret header; NULL if the request has none. It is compared first, in constant
///   time; the body of a request with a wrong header is not parsed.
/// - `body` is the unparsed request body, `body_size` bytes, at most 1 MiB. It needs no NUL byte at its end. Have your
///   server refuse longer bodies before it reads them. `body` may be NULL if `body_size` is 0.
/// - `event` must not be NULL. `*event` is set to the event, which the caller frees with `roomcast_event_free`, or to NULL
///   on failure.
/// - `error` may be NULL. Otherwise `*error` is set to NULL on success, or to an error that the caller frees with
///   `roomcast_error_free`. Its `roomcast_error_http_status` is the HTTP status to answer with. It quotes neither the
///   secret, nor the header, nor the body.
///
/// Returns `ROOMCAST_OK`, or
///
/// - `ROOMCAST_WRONG_SECRET`: answer 401,
/// - `ROOMCAST_TOO_LARGE`: answer 413,
/// - `ROOMCAST_INVALID_BODY`: answer 400,
/// - `ROOMCAST_INVALID_REQUEST` if an argument is NULL that must not be; there is no HTTP status then.
///
/// 100ms sends an event again, with the same id, if it gets no 200. Remember the id of each event that you acted upon.
/// Callable from any thread.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_webhooks_read(
    webhooks: Option<&roomcast_webhooks>,
    header: *const c_char,
    body: *const c_void,
    body_size: usize,
    event: *mut *mut roomcast_event,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: the caller guarantees what the documentation demands.
    let (event, error) = unsafe { (Output::new(event), Output::new(error)) };
    run_as(error, Outcome::NotSent, || {
        event.clear();
        let Some(webhooks) = webhooks else { return Err(invalid("the webhook reader is NULL")) };
        if event.is_null() {
            return Err(invalid("the output pointer for the event is NULL"));
        }
        if body.is_null() && body_size > 0 {
            return Err(invalid("body is NULL"));
        }
        if isize::try_from(body_size).is_err() {
            return Err(invalid("body_size is larger than any object can be"));
        }
        let body = match body_size {
            0 => &[],
            // SAFETY: not NULL, and the caller guarantees `body_size` bytes.
            size => unsafe { std::slice::from_raw_parts(body.cast::<u8>(), size) },
        };
        // SAFETY: not NULL, and the caller guarantees the NUL byte.
        let header = (!header.is_null()).then(|| unsafe { CStr::from_ptr(header) }.to_bytes());
        event.set(roomcast_event::new(&webhooks.0.read(header, body)?));
        Ok(())
    })
}

/// Frees a webhook reader. Its events stay valid. `webhooks` may be NULL. No other thread may be in a call with the reader,
/// and it must not be used afterwards.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_webhooks_free(webhooks: Option<Box<roomcast_webhooks>>) {
    guarded((), || drop(webhooks));
}

/// Why there is no event: the request is refused, or the function was called wrongly.
enum ReadError {
    Webhook(WebhookError),
    Call(Error),
}

fn invalid(what: &str) -> ReadError {
    ReadError::Call(Error::new(ErrorKind::InvalidRequest, Outcome::NotSent, what))
}

impl From<Error> for ReadError {
    fn from(error: Error) -> Self {
        ReadError::Call(error)
    }
}

impl From<WebhookError> for ReadError {
    fn from(error: WebhookError) -> Self {
        ReadError::Webhook(error)
    }
}

impl From<ReadError> for roomcast_error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Webhook(error) => roomcast_error::of_webhook(&error),
            ReadError::Call(error) => roomcast_error::new(&error),
        }
    }
}
