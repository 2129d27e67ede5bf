//! A TCP socket whose every read and write holds the deadline and is accounted for.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use super::progress;

/// How much longer than the time left a socket's own timeout may be before it is set anew, which costs a system
/// call. A deadline is met to within this.
const SLACK: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct Socket {
    stream: Arc<TcpStream>,
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
}

impl Socket {
    pub(super) fn new(stream: TcpStream) -> Self {
        Socket { stream: Arc::new(stream), read_timeout: None, write_timeout: None }
    }

    /// Whether the server neither closed the connection nor sent a byte that nobody asked for.
    pub(super) fn is_quiet(&self) -> bool {
        if self.stream.set_nonblocking(true).is_err() {
            return false;
        }
        let peeked = self.stream.peek(&mut [0]);
        let quiet = matches!(peeked, Err(error) if error.kind() == ErrorKind::WouldBlock);
        self.stream.set_nonblocking(false).is_ok() && quiet
    }
}

/// Repeats an operation until it is done, the deadline has passed, or a signal came that ends the send. Other signals
/// and early wake-ups end nothing.
fn within_deadline<T>(
    doing: &str,
    current: &mut Option<Duration>,
    set: impl Fn(Option<Duration>) -> io::Result<()>,
    mut operation: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    loop {
        let left = progress::time_left(doing)?;
        if !current.is_some_and(|set| set >= left && set - left <= SLACK) {
            set(Some(left))?;
            *current = Some(left);
        }
        match operation() {
            Err(e) if e.kind() == ErrorKind::Interrupted => progress::interrupted()?,
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            result => return result,
        }
    }
}

impl Read for Socket {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let stream = &self.stream;
        within_deadline(
            "waiting for the server",
            &mut self.read_timeout,
            |timeout| stream.set_read_timeout(timeout),
            || (&**stream).read(buf),
        )
    }
}

impl Write for Socket {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        progress::may_write(&self.stream)?;
        let stream = &self.stream;
        let written = within_deadline(
            "writing to the server",
            &mut self.write_timeout,
            |timeout| stream.set_write_timeout(timeout),
            || (&**stream).write(buf),
        )?;
        progress::wrote(written);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
