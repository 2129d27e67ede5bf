//! TCP sockets whose every write is accounted for: one that waits, within the deadline, and one that never waits.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use super::attempt::Attempt;

/// How much longer than the time left a socket's own timeout may be before it is set anew, which costs a system
/// call. A deadline is met to within this.
const SLACK: Duration = Duration::from_millis(100);

/// A socket that a [`Connection`](super::connection::Connection) can stand on.
pub(crate) trait Socket {
    /// Whether its reads and writes wait until they can go on.
    const WAITS: bool;

    /// Its bytes, for an attempt.
    fn of<'a>(&'a mut self, attempt: &'a Attempt) -> impl Read + Write + 'a;

    /// Whether the server neither closed the connection nor sent a byte that nobody asked for.
    fn is_quiet(&self) -> bool;
}

/// Waits until it can go on, for the caller's thread.
#[derive(Debug)]
pub(crate) struct Waiting {
    stream: Arc<TcpStream>,
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
}

impl Waiting {
    pub(super) fn new(stream: TcpStream) -> Self {
        Waiting { stream: Arc::new(stream), read_timeout: None, write_timeout: None }
    }

    /// The same socket for an event loop, which is told of its news as `token`'s.
    pub(super) fn into_polled(self, registry: &mio::Registry, token: mio::Token) -> io::Result<Polled> {
        let stream = Arc::into_inner(self.stream).expect("only a request shares its socket");
        stream.set_nonblocking(true)?;
        let mut stream = mio::net::TcpStream::from_std(stream);
        registry.register(&mut stream, token, mio::Interest::READABLE | mio::Interest::WRITABLE)?;
        Ok(Polled(Arc::new(stream)))
    }
}

impl Socket for Waiting {
    const WAITS: bool = true;

    fn of<'a>(&'a mut self, attempt: &'a Attempt) -> impl Read + Write + 'a {
        Bytes { socket: self, attempt }
    }

    #[cfg(unix)]
    fn is_quiet(&self) -> bool {
        use rustix::net::{RecvFlags, recv};
        // One call, where making the socket non-blocking, and blocking again, takes two more.
        let peeked = recv(&*self.stream, &mut [0_u8; 1], RecvFlags::PEEK | RecvFlags::DONTWAIT);
        peeked.is_err_and(|error| io::Error::from(error).kind() == ErrorKind::WouldBlock)
    }

    #[cfg(not(unix))]
    fn is_quiet(&self) -> bool {
        if self.stream.set_nonblocking(true).is_err() {
            return false;
        }
        let peeked = self.stream.peek(&mut [0]);
        let quiet = matches!(peeked, Err(error) if error.kind() == ErrorKind::WouldBlock);
        self.stream.set_nonblocking(false).is_ok() && quiet
    }
}

/// A socket's bytes, for an attempt.
struct Bytes<'a, S> {
    socket: &'a mut S,
    attempt: &'a Attempt,
}

impl Read for Bytes<'_, Waiting> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let stream = &self.socket.stream;
        within_deadline(
            self.attempt,
            "waiting for the server",
            &mut self.socket.read_timeout,
            |timeout| stream.set_read_timeout(timeout),
            || (&**stream).read(buf),
        )
    }
}

impl Write for Bytes<'_, Waiting> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let stream = &self.socket.stream;
        self.attempt.may_write(stream)?;
        let written = within_deadline(
            self.attempt,
            "writing to the server",
            &mut self.socket.write_timeout,
            |timeout| stream.set_write_timeout(timeout),
            || (&**stream).write(buf),
        )?;
        self.attempt.wrote(written);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Repeats an operation until it is done, the deadline has passed, or a signal came that ends the send. Other signals
/// and early wake-ups end nothing.
fn within_deadline<T>(
    attempt: &Attempt,
    doing: &str,
    current: &mut Option<Duration>,
    set: impl Fn(Option<Duration>) -> io::Result<()>,
    mut operation: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    loop {
        let left = attempt.time_left(doing)?;
        if !current.is_some_and(|set| set >= left && set - left <= SLACK) {
            set(Some(left))?;
            *current = Some(left);
        }
        match operation() {
            Err(e) if e.kind() == ErrorKind::Interrupted => attempt.interrupted()?,
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            result => return result,
        }
    }
}

/// Never waits: what cannot go on is `WouldBlock`, and an event loop knows when to try again.
#[derive(Debug)]
pub(crate) struct Polled(Arc<mio::net::TcpStream>);

impl Socket for Polled {
    const WAITS: bool = false;

    fn of<'a>(&'a mut self, attempt: &'a Attempt) -> impl Read + Write + 'a {
        Bytes { socket: self, attempt }
    }

    fn is_quiet(&self) -> bool {
        matches!(self.0.peek(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
    }
}

impl Read for Bytes<'_, Polled> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (&*self.socket.0).read(buf)
    }
}

impl Write for Bytes<'_, Polled> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.attempt.may_write(&self.socket.0)?;
        let written = (&*self.socket.0).write(buf)?;
        self.attempt.wrote(written);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Polled {
    /// To be called before the socket is closed: a forked child may hold it too, and the system would go on telling of it.
    pub(super) fn forget(&mut self, registry: &mio::Registry) {
        let stream = Arc::get_mut(&mut self.0).expect("a socket is released before it is closed");
        // An error means that the system knows nothing of it.
        let _ = registry.deregister(stream);
    }
}
