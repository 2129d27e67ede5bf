//! Why no answer came, in our own words: a library's error text may hold an address or worse.

use std::{fmt, io};

/// Why no answer came. Travels through libraries inside an [`io::Error`].
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) kind: FailureKind,
    pub(crate) text: String,
    /// The system's number for it, where it was the system that failed.
    pub(crate) os_error: Option<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// No connection, and another try may do better.
    Connect,
    /// No connection, and another try will end alike: a certificate that is not trusted, a proxy that says no.
    Refused,
    /// The connection broke.
    Broken,
    /// The deadline passed.
    Deadline,
    /// The caller gave up.
    Cancelled,
    /// The answer is not one.
    Protocol,
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, text: impl Into<String>) -> Self {
        Failure { kind, text: text.into(), os_error: None }
    }

    fn of_system(kind: FailureKind, text: String, error: &io::Error) -> Self {
        Failure { kind, text, os_error: error.raw_os_error() }
    }

    /// A failure to connect, for a system error.
    pub(crate) fn connect(doing: &str, error: &io::Error) -> Self {
        match Failure::carried_by(error) {
            Some(failure) => failure,
            None => Failure::of_system(FailureKind::Connect, format!("{doing}: {}", words(error)), error),
        }
    }

    /// A failure of a connection that stood.
    pub(crate) fn broken(error: &io::Error) -> Self {
        match Failure::carried_by(error) {
            Some(failure) => failure,
            None => Failure::of_system(FailureKind::Broken, words(error), error),
        }
    }

    /// The server ended the connection in the middle of things.
    pub(crate) fn closed() -> Self {
        Failure::broken(&io::ErrorKind::UnexpectedEof.into())
    }

    /// Whether nothing more is to be hoped for: no time, or nobody who waits.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self.kind, FailureKind::Deadline | FailureKind::Cancelled)
    }

    /// The failure inside an error that passed through a library.
    pub(crate) fn carried_by(error: &io::Error) -> Option<Failure> {
        error.get_ref()?.downcast_ref::<Failure>().cloned()
    }
}

/// A system error in words that do not change from one system to the next.
fn words(error: &io::Error) -> String {
    use io::ErrorKind as K;
    let text = match error.kind() {
        K::ConnectionRefused => "connection refused",
        K::ConnectionReset | K::BrokenPipe | K::ConnectionAborted => "the connection was reset",
        K::UnexpectedEof => "the server closed the connection",
        K::HostUnreachable | K::NetworkUnreachable | K::NetworkDown => "the network is unreachable",
        K::AddrNotAvailable => "no local address or port is left",
        K::PermissionDenied => "the system does not permit it",
        K::TimedOut => "it took too long",
        // EMFILE and ENFILE have no kind of their own.
        _ if matches!(error.raw_os_error(), Some(23 | 24)) => "too many open files",
        kind => return format!("input/output error ({kind})"),
    };
    text.to_owned()
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        io::Error::other(failure)
    }
}
