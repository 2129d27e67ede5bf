//! TCP sockets that record every write: one that blocks, within the deadline, and one that never blocks.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use super::attempt::Attempt;

/// How much longer than the time left a socket's own timeout may be before it is set again, which costs a system call.
/// Deadlines are met to within this.
const SLACK: Duration = Duration::from_millis(100);

const WRITING: &str = "writing to the server";

/// What a socket that blocks may wait for. One that does not never waits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// For reading and for writing, as while a connection is opened.
    ReadsAndWrites,
    /// For reading only: what cannot be written now returns `WouldBlock`.
    Reads,
    /// Neither.
    Never,
}

/// A socket that a [`Connection`](super::connection::Connection) can use.
pub(crate) trait Socket {
    /// Whether its reads and writes block until the socket is ready.
    const BLOCKS: bool;

    /// Reads and writes on behalf of an attempt.
    fn io<'a>(&'a mut self, attempt: &'a Attempt, wait: Wait) -> impl Read + Write + 'a;

    /// Waits until there is something to read, or room for writing. `WouldBlock` if the socket never blocks.
    fn wait_until_ready(&self, attempt: &Attempt) -> io::Result<()>;

    /// Whether the server neither closed the connection nor sent a byte that belongs to no request.
    fn is_quiet(&self) -> bool;
}

/// For sends on the caller's thread: blocks until the socket is ready.
#[derive(Debug)]
pub(crate) struct BlockingSocket {
    stream: Arc<TcpStream>,
    read_timeout: Option<Duration>,
}

impl BlockingSocket {
    pub(super) fn new(stream: TcpStream) -> Self {
        BlockingSocket { stream: Arc::new(stream), read_timeout: None }
    }

    /// The same socket for the reactor, registered under `token`.
    pub(super) fn into_non_blocking(
        self,
        registry: &mio::Registry,
        token: mio::Token,
    ) -> io::Result<NonBlockingSocket> {
        let stream = Arc::into_inner(self.stream).expect("only a request shares its socket");
        stream.set_nonblocking(true)?;
        let mut stream = mio::net::TcpStream::from_std(stream);
        registry.register(&mut stream, token, mio::Interest::READABLE | mio::Interest::WRITABLE)?;
        Ok(NonBlockingSocket(Arc::new(stream)))
    }
}

impl Socket for BlockingSocket {
    const BLOCKS: bool = true;

    fn io<'a>(&'a mut self, attempt: &'a Attempt, wait: Wait) -> impl Read + Write + 'a {
        AttemptIo { socket: self, attempt, wait }
    }

    fn wait_until_ready(&self, attempt: &Attempt) -> io::Result<()> {
        wait_until_ready(&self.stream, attempt)
    }

    #[cfg(unix)]
    fn is_quiet(&self) -> bool {
        use rustix::net::{RecvFlags, recv};
        // One system call. Making the socket non-blocking and blocking again would take two more.
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

/// A socket's reads and writes on behalf of an attempt.
struct AttemptIo<'a, S> {
    socket: &'a mut S,
    attempt: &'a Attempt,
    wait: Wait,
}

impl Read for AttemptIo<'_, BlockingSocket> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let stream = &self.socket.stream;
        if self.wait == Wait::Never {
            return read_now(stream, buf);
        }
        within_deadline(
            self.attempt,
            "waiting for the server",
            &mut self.socket.read_timeout,
            |timeout| stream.set_read_timeout(timeout),
            || (&**stream).read(buf),
        )
    }
}

impl Write for AttemptIo<'_, BlockingSocket> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let stream = &self.socket.stream;
        loop {
            self.attempt.before_write(stream)?;
            self.attempt.time_left(WRITING)?;
            match write_now(stream, buf) {
                Ok(written) => {
                    self.attempt.record_written(written);
                    return Ok(written);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => self.attempt.interrupted()?,
                Err(error) if error.kind() == ErrorKind::WouldBlock && self.wait == Wait::ReadsAndWrites => {
                    wait_until_ready(stream, self.attempt)?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

// One system call each, as for a socket that blocks: making the socket non-blocking and blocking again would take two more.

#[cfg(unix)]
fn read_now(stream: &TcpStream, buf: &mut [u8]) -> io::Result<usize> {
    use rustix::net::{RecvFlags, recv};
    let (read, _) = recv(stream, buf, RecvFlags::DONTWAIT)?;
    Ok(read)
}

#[cfg(unix)]
fn write_now(stream: &TcpStream, buf: &[u8]) -> io::Result<usize> {
    use rustix::net::{SendFlags, send};
    // Without a signal if the connection is closed. Where there is no such flag, the standard library sets an option.
    #[cfg(not(target_vendor = "apple"))]
    let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
    #[cfg(target_vendor = "apple")]
    let flags = SendFlags::DONTWAIT;
    Ok(send(stream, buf, flags)?)
}

#[cfg(unix)]
fn wait_until_ready(stream: &TcpStream, attempt: &Attempt) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    loop {
        // A slice of it, since a signal that comes just before the system call does not interrupt it.
        let timeout = Timespec::try_from(attempt.slice(attempt.time_left(WRITING)?)).ok();
        match poll(&mut [PollFd::new(stream, PollFlags::IN | PollFlags::OUT)], timeout.as_ref()) {
            Ok(0) | Err(rustix::io::Errno::INTR) => attempt.interrupted()?,
            Ok(_) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(not(unix))]
fn read_now(stream: &TcpStream, buf: &mut [u8]) -> io::Result<usize> {
    without_blocking(stream, |mut stream| stream.read(buf))
}

#[cfg(not(unix))]
fn write_now(stream: &TcpStream, buf: &[u8]) -> io::Result<usize> {
    without_blocking(stream, |mut stream| stream.write(buf))
}

#[cfg(not(unix))]
fn without_blocking<T>(
    stream: &TcpStream,
    operation: impl FnOnce(&TcpStream) -> io::Result<T>,
) -> io::Result<T> {
    stream.set_nonblocking(true)?;
    let result = operation(stream);
    stream.set_nonblocking(false)?;
    result
}

/// The standard library cannot wait for both, so this waits a moment, which only requests notice that do not fit into the
/// socket's buffer.
#[cfg(not(unix))]
fn wait_until_ready(_: &TcpStream, attempt: &Attempt) -> io::Result<()> {
    const MOMENT: Duration = Duration::from_millis(2);
    std::thread::sleep(attempt.time_left(WRITING)?.min(MOMENT));
    Ok(attempt.interrupted()?)
}

/// Repeats an operation until it succeeds, the deadline passes, or a signal cancels the send. Other signals and early
/// wake-ups do not end it. A signal that comes just before the system call does not interrupt it, so if one may cancel the
/// send, the socket's timeout is a slice of the time that is left: set once, and no system call more unless it passes.
fn within_deadline<T>(
    attempt: &Attempt,
    doing: &str,
    current: &mut Option<Duration>,
    set: impl Fn(Option<Duration>) -> io::Result<()>,
    mut operation: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    loop {
        let time = attempt.slice(attempt.time_left(doing)?);
        if !current.is_some_and(|set| set >= time && set - time <= SLACK) {
            set(Some(time))?;
            *current = Some(time);
        }
        match operation() {
            Err(e) if is_wake_up(e.kind()) => attempt.interrupted()?,
            result => return result,
        }
    }
}

fn is_wake_up(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Interrupted | ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// For the reactor: a socket that is not ready returns `WouldBlock`.
#[derive(Debug)]
pub(crate) struct NonBlockingSocket(Arc<mio::net::TcpStream>);

impl Socket for NonBlockingSocket {
    const BLOCKS: bool = false;

    fn io<'a>(&'a mut self, attempt: &'a Attempt, wait: Wait) -> impl Read + Write + 'a {
        AttemptIo { socket: self, attempt, wait }
    }

    fn wait_until_ready(&self, _: &Attempt) -> io::Result<()> {
        Err(ErrorKind::WouldBlock.into())
    }

    fn is_quiet(&self) -> bool {
        matches!(self.0.peek(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
    }
}

impl Read for AttemptIo<'_, NonBlockingSocket> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (&*self.socket.0).read(buf)
    }
}

impl Write for AttemptIo<'_, NonBlockingSocket> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.attempt.before_write(&self.socket.0)?;
        let written = (&*self.socket.0).write(buf)?;
        self.attempt.record_written(written);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl NonBlockingSocket {
    /// To be called before the socket is closed: a forked child may hold it open, and its events would go on.
    pub(super) fn deregister(&mut self, registry: &mio::Registry) {
        let stream = Arc::get_mut(&mut self.0).expect("a socket is released before it is closed");
        // It fails only if the socket is not registered.
        let _ = registry.deregister(stream);
    }
}
