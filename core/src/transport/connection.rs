//! A connection as ureq uses it.

use std::io::{self, Read, Write};

use ureq::unversioned::transport::{Buffers as UreqBuffers, NextTimeout, Transport};

use crate::faultpoint::faultpoint;

use super::buffers::Buffers;
use super::failure::{Failure, FailureKind};
use super::socket::Socket;
use super::tls::TlsStream;

#[derive(Debug)]
pub(super) enum Stream {
    Plain(Socket),
    Tls(TlsStream),
}

/// A connection with its buffers. ureq's own timeouts are not used: the socket holds the deadline.
#[derive(Debug)]
pub(super) struct Connection {
    stream: Stream,
    buffers: Buffers,
    /// Why writing failed. It is told only if no answer can be read: a server may refuse before it has read all.
    write_failure: Option<Failure>,
    /// An answer was read since the connection was last taken from the pool.
    answered: bool,
}

impl Connection {
    pub(super) fn new(stream: Stream) -> Self {
        Connection { stream, buffers: Buffers::default(), write_failure: None, answered: false }
    }

    fn write_out(&mut self) {
        if self.write_failure.is_none() {
            faultpoint!("write");
            let output = self.buffers.pending_output();
            let written = match &mut self.stream {
                Stream::Plain(socket) => socket.write_all(output),
                Stream::Tls(stream) => stream.write_all(output),
            };
            self.write_failure = written.err().map(|error| Failure::broken(&error));
            faultpoint!("written");
        }
        self.buffers.output_written();
    }

    fn read_in(&mut self) -> io::Result<usize> {
        let input = self.buffers.input_append_buf();
        match &mut self.stream {
            Stream::Plain(socket) => socket.read(input),
            Stream::Tls(stream) => stream.read(input),
        }
    }
}

impl Transport for Connection {
    fn buffers(&mut self) -> &mut dyn UreqBuffers {
        &mut self.buffers
    }

    /// Keeps the head until the body is there too, so that a request is one write.
    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        self.buffers.keep_output(amount);
        if self.buffers.is_output_full() {
            self.write_out();
        }
        match &self.write_failure {
            Some(failure) if is_final(failure) => Err(failure.clone().into()),
            _ => Ok(()),
        }
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        self.write_out();
        if let Some(failure) = self.write_failure.as_ref().filter(|failure| is_final(failure)) {
            return Err(failure.clone().into());
        }
        if self.buffers.is_input_full() {
            return Err(Failure::new(FailureKind::Protocol, "the answer's head is too large").into());
        }
        let read = self.read_in();
        faultpoint!("read");
        match (read, &self.write_failure) {
            (Ok(0) | Err(_), Some(failure)) => Err(failure.clone().into()),
            (Ok(read), _) => {
                self.answered = true;
                self.buffers.input_appended(read);
                Ok(read > 0)
            }
            (Err(error), None) => Err(Failure::broken(&error).into()),
        }
    }

    /// Asked when an answer has been read, and again before the next request. The second look at the socket finds
    /// what the first would have found, and more.
    fn is_open(&mut self) -> bool {
        if self.write_failure.is_some() {
            return false;
        }
        if let Stream::Tls(stream) = &mut self.stream
            && stream.has_surplus()
        {
            return false;
        }
        if std::mem::take(&mut self.answered) {
            return true;
        }
        faultpoint!("probe");
        match &self.stream {
            Stream::Plain(socket) => socket.is_quiet(),
            Stream::Tls(stream) => stream.socket().is_quiet(),
        }
    }

    fn is_tls(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }
}

/// Whether a failed write leaves nothing to read for: no time, or nobody who waits.
fn is_final(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Deadline | FailureKind::Cancelled)
}
