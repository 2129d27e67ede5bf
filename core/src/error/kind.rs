//! What went wrong.

use std::fmt;

/// What went wrong. The names are the same in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument broke a rule; nothing was sent.
    InvalidRequest,
    /// The client is not usable as configured: no credentials, a bad base URL, a proxy that refuses, use after close.
    Configuration,
    /// HTTP 401: no valid management token.
    Unauthenticated,
    /// HTTP 403: the token lacks the permission.
    PermissionDenied,
    /// HTTP 404: no such room, or nobody in it, or no such peer.
    NotFound,
    /// HTTP 429: too many requests; see [`Error::retry_after`](crate::Error::retry_after). Also `NotSent`, if the client
    /// pauses after a 429 for longer than the timeout.
    RateLimited,
    /// Any other 3xx or 4xx but 408.
    Rejected,
    /// HTTP 5xx or 408.
    Server,
    /// The name did not resolve, or the connection was refused, reset or closed, or TLS failed.
    Connection,
    /// The deadline passed.
    Timeout,
    /// The response was not HTTP, was too large, contradicted itself, or did not hold what was queried.
    Protocol,
    /// The caller cancelled the send before it completed.
    Cancelled,
    /// Too much was started and is not complete; nothing was sent. See [`MAX_QUEUED`](crate::MAX_QUEUED).
    QueueFull,
    /// A panic or a broken invariant inside roomcast, caught.
    Internal,
}

impl ErrorKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [ErrorKind; 14] = [
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
        ErrorKind::QueueFull,
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
            ErrorKind::QueueFull => "queue_full",
            ErrorKind::Internal => "internal",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
