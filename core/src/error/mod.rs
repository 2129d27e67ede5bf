//! Errors: what went wrong ([`ErrorKind`]), what is known of the message ([`Outcome`]), and the text that says both.

mod build;
mod error_body;
mod escapes;
mod kind;
mod outcome;
mod redact;
mod shared_runs;
mod text;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

pub use kind::ErrorKind;
pub use outcome::Outcome;

pub(crate) use error_body::ErrorBody;
pub(crate) use redact::redact;

/// A send, or a query for a room or its peers, that did not succeed.
///
/// Its text says what happened, what that means for the message, and what to do. It never holds a secret, a token or the
/// message's text.
#[derive(Clone)]
pub struct Error(Box<Inner>);

// Boxed, so that a `Result` is no larger than its success.
#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    outcome: Outcome,
    what: String,
    advice: &'static str,
    status: Option<u16>,
    body: ErrorBody,
    retry_after: Option<Duration>,
    request_id: Option<String>,
    attempts: u32,
    source: Option<Arc<io::Error>>,
    /// The operation can be repeated without effect: a query, not a message.
    is_idempotent: bool,
}

impl Error {
    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What is known of the message.
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// The HTTP status of the last response, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The `code` in the response's body, if it had one.
    pub fn code(&self) -> Option<i64> {
        self.0.body.code
    }

    /// The `message` in the response's body, if it had one: at most 1,024 bytes, secrets redacted.
    pub fn server_message(&self) -> Option<&str> {
        self.0.body.message.as_deref()
    }

    /// The `details` in the response's body: at most 16, each at most 1,024 bytes, secrets redacted.
    pub fn details(&self) -> &[String] {
        &self.0.body.details
    }

    /// How long the server asked to wait, counted from its response: its `Retry-After`, or for HTTP 429 the wait that its
    /// text names ("retry after 45 seconds").
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The server's own id of the last request, if its response had one in `x-request-id`, `request-id`, `x-amzn-requestid` or
    /// `x-correlation-id`: for the server's support. At most 128 characters.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The number of attempts that began: 0 if validation failed, at most `max_attempts`.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// What happened, without the kind, the outcome and the advice.
    pub(crate) fn what(&self) -> &str {
        &self.0.what
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("outcome", &self.0.outcome)
            .field("text", &self.to_string())
            .field("status", &self.0.status)
            .field("code", &self.0.body.code)
            .field("details", &self.0.body.details)
            .field("retry_after", &self.0.retry_after)
            .field("request_id", &self.0.request_id)
            .field("attempts", &self.0.attempts)
            .finish()
    }
}

impl std::error::Error for Error {
    /// The [`io::Error`] of the system, if a system call failed: a connection refused or reset, a file that cannot be
    /// read.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|error| &**error as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_says_what_happened_the_outcome_and_what_to_do() {
        let error = Error::new(ErrorKind::Connection, Outcome::Unknown, "the server closed the connection");
        assert_eq!(
            error.to_string(),
            "connection: the server closed the connection. The message may have been delivered. \
             Send it again only if seeing it twice does no harm."
        );
    }

    #[test]
    fn the_text_is_one_line_whatever_it_quotes() {
        let error = crate::Client::builder()
            .management_token("token")
            .base_url("http://127.0.0.1:1")
            .ca_file("/nowhere/a\nb\u{2028}c")
            .build()
            .unwrap_err();
        assert!(error.to_string().contains("/nowhere/a b c cannot be read"), "{error}");
    }

    #[test]
    fn names_are_unique() {
        let names: std::collections::HashSet<_> = ErrorKind::ALL.iter().map(|k| k.as_str()).collect();
        assert_eq!(names.len(), ErrorKind::ALL.len());
    }
}
