//! What a caller is told when a send did not succeed.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// What went wrong. The names are the same in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument broke a rule; nothing was sent.
    InvalidRequest,
    /// The client cannot work as it was set up: no credentials, a bad base URL, use after close.
    Configuration,
    /// HTTP 401: no valid management token.
    Unauthenticated,
    /// HTTP 403: the token lacks the permission.
    PermissionDenied,
    /// HTTP 404: no such room, or nobody in it, or no such peer.
    NotFound,
    /// HTTP 429: too many requests; see [`Error::retry_after`].
    RateLimited,
    /// Any other 3xx or 4xx but 408.
    Rejected,
    /// HTTP 5xx or 408.
    Server,
    /// The name did not resolve, or the connection was refused, reset or closed, or TLS failed.
    Connection,
    /// The deadline passed.
    Timeout,
    /// The answer was not HTTP, was too large, contradicted itself, or did not hold what was asked for.
    Protocol,
    /// The caller gave the send up before it ended.
    Cancelled,
    /// A panic or a broken invariant inside roomcast, caught.
    Internal,
}

impl ErrorKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [ErrorKind; 13] = [
        ErrorKind::InvalidRequest,
        ErrorKind::Configuration,
        ErrorKind::Unauthenticated,
        ErrorKind::PermissionDenied,
        ErrorKind::NotFound,
        ErrorKind::RateLimited,
        ErrorKind::Rejected,
        ErrorKind::Server,
        ErrorKind::Connection,
        ErrorKind::Timeout,
        ErrorKind::Protocol,
        ErrorKind::Cancelled,
        ErrorKind::Internal,
    ];

    /// The kind's name in every language, e.g. `"invalid_request"`.
    pub const fn as_str(self) -> &'static str {
        match self {
            ErrorKind::InvalidRequest => "invalid_request",
            ErrorKind::Configuration => "configuration",
            ErrorKind::Unauthenticated => "unauthenticated",
            ErrorKind::PermissionDenied => "permission_denied",
            ErrorKind::NotFound => "not_found",
            ErrorKind::RateLimited => "rate_limited",
            ErrorKind::Rejected => "rejected",
            ErrorKind::Server => "server",
            ErrorKind::Connection => "connection",
            ErrorKind::Timeout => "timeout",
            ErrorKind::Protocol => "protocol",
            ErrorKind::Cancelled => "cancelled",
            ErrorKind::Internal => "internal",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is known of the message when a send failed: this is what to act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It provably never left: sending again cannot show it twice.
    NotSent,
    /// The server answered no.
    Rejected,
    /// It may have been delivered: sending again may show it twice.
    Unknown,
}

impl Outcome {
    /// The outcome's name in every language, e.g. `"not_sent"`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::NotSent => "not_sent",
            Outcome::Rejected => "rejected",
            Outcome::Unknown => "unknown",
        }
    }

    fn sentence(self, of_question: bool) -> &'static str {
        match (self, of_question) {
            (Outcome::NotSent, _) => "Nothing was sent.",
            (Outcome::Rejected, false) => "The server refused the message.",
            (Outcome::Rejected, true) => "The server refused the question.",
            (Outcome::Unknown, false) => "The message may have been delivered.",
            (Outcome::Unknown, true) => "The question may have been answered.",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A send, or a question for a room or its peers, that did not succeed.
///
/// Its text says what happened, what that means for the message, and what to do. It never holds a
/// secret, a token or the message's text.
#[derive(Clone)]
pub struct Error(Box<Inner>);

// Boxed, so that a `Result` stays as small as its receipt.
#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    outcome: Outcome,
    what: String,
    advice: &'static str,
    status: Option<u16>,
    code: Option<i64>,
    server_message: Option<String>,
    details: Vec<String>,
    retry_after: Option<Duration>,
    attempts: u32,
    source: Option<Arc<io::Error>>,
    /// It is of a question, not of a message.
    of_question: bool,
}

impl Error {
    /// For language bindings: a failure on their side of the border, told as every other is. `what` is the middle of
    /// the text, without a full stop, and must hold no secret.
    pub fn new(kind: ErrorKind, outcome: Outcome, what: impl Into<String>) -> Self {
        Error(Box::new(Inner {
            kind,
            outcome,
            what: one_line(&what.into()),
            advice: "",
            status: None,
            code: None,
            server_message: None,
            details: Vec::new(),
            retry_after: None,
            attempts: 0,
            source: None,
            of_question: false,
        }))
    }

    pub(crate) fn invalid_request(what: impl Into<String>) -> Self {
        Error::new(ErrorKind::InvalidRequest, Outcome::NotSent, what)
    }

    pub(crate) fn configuration(what: impl Into<String>) -> Self {
        Error::new(ErrorKind::Configuration, Outcome::NotSent, what)
    }

    /// For language bindings: the same words about a client's option, rather than a send's.
    pub fn into_configuration(mut self) -> Self {
        self.0.kind = ErrorKind::Configuration;
        self
    }

    /// For language bindings: what to do about it, one sentence or more.
    pub fn advice(mut self, advice: &'static str) -> Self {
        self.0.advice = advice;
        self
    }

    pub(crate) fn answer(mut self, status: u16, words: ServerWords) -> Self {
        self.0.status = Some(status);
        self.0.code = words.code;
        self.0.server_message = words.message;
        self.0.details = words.details;
        self
    }

    pub(crate) fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.0.retry_after = retry_after;
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// In words for a question, which changes nothing however often it is asked.
    pub(crate) fn of_question(mut self) -> Self {
        self.0.of_question = true;
        self
    }

    /// Keeps the system's own error, told by [`source`](std::error::Error::source).
    pub(crate) fn caused_by(mut self, error: io::Error) -> Self {
        self.0.source = Some(Arc::new(error));
        self
    }

    /// One attempt of several ended unknown, so the call is unknown.
    pub(crate) fn or_unknown(mut self, earlier_unknown: bool) -> Self {
        if earlier_unknown {
            self.0.outcome = Outcome::Unknown;
        }
        self
    }

    /// What happened, without the kind, the outcome and the advice.
    pub(crate) fn what(&self) -> &str {
        &self.0.what
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What is known of the message.
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// The HTTP status of the last answer, where there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The server's own `code`, where its answer had one.
    pub fn code(&self) -> Option<i64> {
        self.0.code
    }

    /// The server's own `message`, where its answer had one: at most 1,024 bytes, secrets blotted out.
    pub fn server_message(&self) -> Option<&str> {
        self.0.server_message.as_deref()
    }

    /// The server's own `details`: at most 16, each at most 1,024 bytes, secrets blotted out.
    pub fn details(&self) -> &[String] {
        &self.0.details
    }

    /// How long the server asked to wait (`Retry-After`), from the moment of its answer.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Attempts that were begun: 0 when validation failed, at most `max_attempts`.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    fn default_advice(&self) -> &'static str {
        match (self.0.kind, self.0.outcome) {
            (ErrorKind::InvalidRequest | ErrorKind::Configuration, _) => "",
            (_, Outcome::Rejected) => "",
            _ if self.0.of_question => "Asking again is safe.",
            (_, Outcome::NotSent) => "Sending it again is safe.",
            (_, Outcome::Unknown) => "Send it again only if seeing it twice does no harm.",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        write!(f, "{}: {}. {}", inner.kind, inner.what, inner.outcome.sentence(inner.of_question))?;
        for advice in [inner.advice, self.default_advice()] {
            if !advice.is_empty() {
                write!(f, " {advice}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("outcome", &self.0.outcome)
            .field("text", &self.to_string())
            .field("status", &self.0.status)
            .field("code", &self.0.code)
            .field("details", &self.0.details)
            .field("retry_after", &self.0.retry_after)
            .field("attempts", &self.0.attempts)
            .finish()
    }
}

impl std::error::Error for Error {
    /// The [`io::Error`] of the system, where it was the system that failed: a connection refused or reset, a file that
    /// cannot be read.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|error| &**error as _)
    }
}

/// A text without characters that begin another line somewhere: a log's lines are not to be forged.
pub(crate) fn one_line(text: &str) -> String {
    if text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
        return text.to_owned();
    }
    text.chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect()
}

/// What the server wrote about its answer.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct ServerWords {
    pub(crate) code: Option<i64>,
    pub(crate) message: Option<String>,
    pub(crate) details: Vec<String>,
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
