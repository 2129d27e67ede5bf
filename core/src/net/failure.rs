//! Why no response came, in texts of our own: a library's error text may hold an address or a secret.

use std::{fmt, io};

/// Why no response came. Passes through libraries inside an [`io::Error`].
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) kind: FailureKind,
    pub(crate) text: String,
    /// The system's error number, if a system call failed.
    pub(crate) os_error: Option<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// No connection; a retry may succeed.
    Connect,
    /// No connection, and a retry would fail alike: a certificate that is not trusted.
    Refused,
    /// The same, because of the client's options: a proxy that refuses. Holds what to do about it.
    Configuration(&'static str),
    /// The connection broke.
    Broken,
    /// The deadline passed.
    Deadline,
    /// The caller cancelled.
    Cancelled,
    /// What the server sent is not an HTTP response.
    Protocol,
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, text: impl Into<String>) -> Self {
        Failure { kind, text: text.into(), os_error: None }
    }

    fn system(kind: FailureKind, text: String, error: &io::Error) -> Self {
        Failure { kind, text, os_error: error.raw_os_error() }
    }

    /// A failure to connect, for a system error.
    pub(crate) fn connect(doing: &str, error: &io::Error) -> Self {
        match Failure::inside(error) {
            Some(failure) => failure,
            None => Failure::system(FailureKind::Connect, format!("{doing}: {}", describe(error)), error),
        }
    }

    /// A failure of an open connection.
    pub(crate) fn broken(error: &io::Error) -> Self {
        match Failure::inside(error) {
            Some(failure) => failure,
            None => Failure::system(FailureKind::Broken, describe(error), error),
        }
    }

    /// The server closed the connection before the response was complete.
    pub(crate) fn closed() -> Self {
        Failure::broken(&io::ErrorKind::UnexpectedEof.into())
    }

    /// Whether nothing more can come of the attempt: there is no time left, or the caller cancelled.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self.kind, FailureKind::Deadline | FailureKind::Cancelled)
    }

    /// The failure inside an error that passed through a library.
    fn inside(error: &io::Error) -> Option<Failure> {
        error.get_ref()?.downcast_ref::<Failure>().cloned()
    }
}

/// A system error in a text that is the same on every system.
fn describe(error: &io::Error) -> String {
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
