//! How errors are made: each by its name, with what is known at that point added.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::text::one_line;
use super::{Error, ErrorBody, ErrorKind, Inner, Outcome};

impl Error {
    /// For language bindings: a failure on their side of the boundary, in the same form as every other. `what` is the
    /// middle of the text, without a full stop, and must hold no secret.
    pub fn new(kind: ErrorKind, outcome: Outcome, what: impl Into<String>) -> Self {
        Error(Box::new(Inner {
            kind,
            outcome,
            what: one_line(&what.into()),
            advice: "",
            status: None,
            body: ErrorBody::default(),
            retry_after: None,
            request_id: None,
            attempts: 0,
            source: None,
            is_idempotent: false,
        }))
    }

    pub(crate) fn invalid_request(what: impl Into<String>) -> Self {
        Error::new(ErrorKind::InvalidRequest, Outcome::NotSent, what)
    }

    pub(crate) fn configuration(what: impl Into<String>) -> Self {
        Error::new(ErrorKind::Configuration, Outcome::NotSent, what)
    }

    pub(crate) fn cancelled(outcome: Outcome) -> Self {
        Error::new(ErrorKind::Cancelled, outcome, "the caller cancelled the send")
    }

    /// The client was closed before the send ended.
    pub(crate) fn closed(outcome: Outcome) -> Self {
        Error::new(ErrorKind::Cancelled, outcome, "the client was closed before the send ended")
    }

    /// For language bindings: a panic that was caught; `outcome` is what is known of the message.
    pub fn panicked(outcome: Outcome) -> Self {
        Error::new(ErrorKind::Internal, outcome, "roomcast panicked; please report it")
    }

    /// For language bindings: the caller cancelled the send before it was started.
    pub fn cancelled_before_start() -> Self {
        Error::cancelled(Outcome::NotSent)
    }

    /// For language bindings: the caller cancelled a batch before its items were all taken. Those that were have results.
    pub fn cancelled_rest() -> Self {
        let what = "the caller cancelled the items that have no result: none of them was started";
        Error::new(ErrorKind::Cancelled, Outcome::NotSent, what)
    }

    /// For language bindings: the same text about a client's option, rather than an argument of a send.
    pub fn into_configuration(mut self) -> Self {
        self.0.kind = ErrorKind::Configuration;
        self
    }

    /// For language bindings: what to do about it, one sentence or more.
    pub fn advice(mut self, advice: &'static str) -> Self {
        self.0.advice = advice;
        self
    }

    pub(crate) fn with_response(mut self, status: u16, body: ErrorBody) -> Self {
        self.0.status = Some(status);
        self.0.body = body;
        self
    }

    pub(crate) fn with_request_id(mut self, request_id: Option<String>) -> Self {
        self.0.request_id = request_id;
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

    /// Keeps the system's own error as [`source`](std::error::Error::source).
    pub(crate) fn with_source(mut self, error: io::Error) -> Self {
        self.0.source = Some(Arc::new(error));
        self
    }

    /// Worded for a query, which changes nothing on the server however often it is repeated.
    pub(crate) fn for_query(mut self) -> Self {
        self.0.is_idempotent = true;
        self
    }

    /// Of a query that a send needs first: the message never left, whatever became of the query.
    pub(crate) fn before_send(mut self) -> Self {
        self.0.outcome = Outcome::NotSent;
        self.0.is_idempotent = false;
        self
    }

    /// If one attempt of several ended unknown, the call is unknown.
    pub(crate) fn or_unknown(mut self, earlier_unknown: bool) -> Self {
        if earlier_unknown {
            self.0.outcome = Outcome::Unknown;
        }
        self
    }
}
