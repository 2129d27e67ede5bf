//! Standard output. Whoever reads it may stop reading: that is no error, and no panic.

use std::io::{self, Write};

/// Standard output, until nobody reads it any more.
pub struct Output {
    stdout: io::Stdout,
    is_closed: bool,
    failed: bool,
}

impl Output {
    pub fn new() -> Self {
        Output { stdout: io::stdout(), is_closed: false, failed: false }
    }

    /// Writes one line.
    pub fn line(&mut self, text: impl AsRef<str>) {
        self.write(|stdout| {
            stdout.write_all(text.as_ref().as_bytes())?;
            stdout.write_all(b"\n")
        });
    }

    /// Writes bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.write(|stdout| stdout.write_all(bytes));
    }

    fn write(&mut self, write: impl FnOnce(&mut io::StdoutLock<'static>) -> io::Result<()>) {
        if self.is_closed {
            return;
        }
        let mut stdout = self.stdout.lock();
        if let Err(error) = write(&mut stdout).and_then(|()| stdout.flush()) {
            self.is_closed = true;
            if error.kind() != io::ErrorKind::BrokenPipe {
                self.failed = true;
                warn(&format!("cannot write to stdout: {error}"));
            }
        }
    }

    /// Nobody reads it any more, or it cannot be written.
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// It could not be written, though somebody may want to read it: a full disk.
    pub fn failed(&self) -> bool {
        self.failed
    }
}

/// A line on stderr, for people. Nobody may be there to read it.
pub fn warn(text: &str) {
    let _ = writeln!(io::stderr(), "roomcast: {text}");
}
