//! An open connection, and how an exchange's bytes move over it.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::faultpoint::faultpoint;

use super::attempt::Attempt;
use super::connection_counts::CountedConnection;
use super::failure::{Failure, FailureKind};
use super::http1::Exchange;
use super::idle_limit::IdleLimit;
use super::socket::{BlockingSocket, NonBlockingSocket, Socket, Wait};
use super::tls::Tls;

/// How long the rest of a body is waited for once the status is known: the status is all that matters.
const BODY_TIMEOUT: Duration = Duration::from_secs(2);

/// How often a non-blocking socket is read in a row before other connections get their turn.
const MAX_READS: usize = 16;

/// How far an exchange got.
pub(crate) enum Io {
    /// The response is complete.
    Done,
    /// The socket is not ready.
    WouldBlock,
    /// There may be more to read, but other connections come first.
    Yield,
}

/// A connection to the server.
#[derive(Debug)]
pub(crate) struct Connection<S> {
    socket: S,
    tls: Option<Tls>,
    /// From then on it is not kept for further requests.
    expiry: Instant,
    counted: CountedConnection,
    idle_limit: Arc<IdleLimit>,
    /// How long it was idle before it was used now.
    idle_before: Duration,
}

impl<S: Socket> Connection<S> {
    pub(super) fn new(
        socket: S,
        tls: Option<Tls>,
        expiry: Instant,
        counted: CountedConnection,
        idle_limit: Arc<IdleLimit>,
    ) -> Self {
        Connection { socket, tls, expiry, counted, idle_limit, idle_before: Duration::ZERO }
    }

    /// It becomes idle.
    pub(crate) fn rest(&mut self) {
        self.counted.set_idle(true);
    }

    /// It is used again, after it was idle for so long.
    pub(crate) fn wake(&mut self, idle: Duration) {
        self.counted.set_idle(false);
        self.idle_before = idle;
    }

    /// Whether it is open after it was idle for so long. What is found is kept in mind for others.
    pub(crate) fn is_open_after(&mut self, idle: Duration) -> bool {
        let is_open = self.is_open();
        match is_open {
            true => self.idle_limit.was_open(idle),
            false => self.idle_limit.was_closed(idle),
        }
        is_open
    }

    /// The exchange on it failed. If nothing was heard of the server, it may be because of the time that it was idle before.
    pub(crate) fn failed(&self, exchange: &Exchange, failure: &Failure) {
        let is_silent = matches!(failure.kind, FailureKind::Broken | FailureKind::Deadline);
        if is_silent && exchange.timings.received == 0 {
            self.idle_limit.broke(self.idle_before, Instant::now());
        }
    }

    /// Whether it is too old to be kept for another request.
    pub(crate) fn is_expired(&self, now: Instant) -> bool {
        self.expiry <= now
    }

    /// Advances an exchange as far as the socket allows: to its end, if the socket blocks.
    pub(crate) fn advance(&mut self, exchange: &mut Exchange, attempt: &Attempt) -> Result<Io, Failure> {
        let io = self.exchange(exchange, attempt)?;
        if let (Io::Done, Some(time)) = (&io, exchange.keep_alive) {
            self.idle_limit.promised(time);
        }
        Ok(io)
    }

    fn exchange(&mut self, exchange: &mut Exchange, attempt: &Attempt) -> Result<Io, Failure> {
        while exchange.is_writing() {
            // A server may answer before it has read the whole request (RFC 9112, section 9.5). The event that tells of it
            // may have been the one that led here.
            if exchange.write_blocked {
                match self.read(exchange, attempt, Wait::Never)? {
                    Io::Done => return Ok(Io::Done),
                    Io::Yield if !S::BLOCKS => return Ok(Io::Yield),
                    Io::Yield | Io::WouldBlock => {}
                }
                if !exchange.is_writing() {
                    break;
                }
            }
            faultpoint!("write");
            exchange.timings.begin_writing();
            let written = write_all(self.tls.as_mut(), &mut self.socket.io(attempt, Wait::Reads), exchange);
            match written {
                Ok(()) => {
                    faultpoint!("written");
                    exchange.end_writing();
                    // The reactor hears when there is something to read. Unless it heard before, a read now would find
                    // nothing.
                    if !S::BLOCKS && !exchange.write_blocked {
                        return Ok(Io::WouldBlock);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    exchange.write_blocked = true;
                    match self.socket.wait_until_ready(attempt) {
                        Ok(()) => {}
                        Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Io::WouldBlock),
                        Err(error) => exchange.write_failure = Some(Failure::broken(&error)),
                    }
                }
                // It counts only if no response can be read either.
                Err(error) => exchange.write_failure = Some(Failure::broken(&error)),
            }
        }
        if let Some(failure) = exchange.write_failure.as_ref().filter(|failure| failure.is_final()) {
            return Err(failure.clone());
        }
        self.read(exchange, attempt, Wait::Reads)
    }

    /// Reads as much of the response as there is; all of it, if the socket waits.
    fn read(&mut self, exchange: &mut Exchange, attempt: &Attempt, wait: Wait) -> Result<Io, Failure> {
        let waits = S::BLOCKS && wait == Wait::Reads;
        let wire = &mut self.socket.io(attempt, wait);
        let mut reads = 0;
        while waits || reads < MAX_READS {
            reads += 1;
            let buffer = exchange.read_buffer();
            let read = match &mut self.tls {
                Some(tls) => tls.read(wire, buffer),
                None => wire.read(buffer),
            };
            faultpoint!("read");
            match read {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Io::WouldBlock),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Ok(0) | Err(_) if exchange.status_known() => {
                    // Of a body that is cut short, the part that arrived is kept.
                    exchange.abandon_body();
                    return Ok(Io::Done);
                }
                Ok(0) if exchange.ends_with_connection() => {
                    exchange.abandon_body();
                    return Ok(Io::Done);
                }
                Ok(0) => return Err(exchange.write_failure.take().unwrap_or_else(Failure::closed)),
                Err(error) => {
                    return Err(exchange.write_failure.take().unwrap_or_else(|| Failure::broken(&error)));
                }
                Ok(amount) => {
                    let was_known = exchange.status_known();
                    if exchange.feed(amount)? {
                        return Ok(Io::Done);
                    }
                    if exchange.status_known() && !was_known {
                        attempt.shorten_deadline(BODY_TIMEOUT);
                    }
                }
            }
        }
        Ok(Io::Yield)
    }

    /// Whether it can carry another request: the server neither closed it nor sent a byte after the last response.
    pub(crate) fn is_open(&mut self) -> bool {
        !self.tls.as_mut().is_some_and(Tls::has_surplus) && self.socket.is_quiet()
    }
}

fn write_all(tls: Option<&mut Tls>, wire: &mut impl Write, exchange: &mut Exchange) -> io::Result<()> {
    let Some(tls) = tls else {
        while !exchange.untaken().is_empty() {
            match wire.write(exchange.untaken()) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(amount) => exchange.record_taken(amount),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        return Ok(());
    };
    loop {
        tls.flush(wire)?;
        if exchange.untaken().is_empty() {
            return Ok(());
        }
        let amount = tls.write(exchange.untaken())?;
        exchange.record_taken(amount);
    }
}

impl Connection<BlockingSocket> {
    /// The same connection for the reactor, registered under `token`.
    pub(crate) fn into_non_blocking(
        self,
        registry: &mio::Registry,
        token: mio::Token,
    ) -> io::Result<Connection<NonBlockingSocket>> {
        let Connection { socket, tls, expiry, counted, idle_limit, idle_before } = self;
        let socket = socket.into_non_blocking(registry, token)?;
        Ok(Connection { socket, tls, expiry, counted, idle_limit, idle_before })
    }
}

impl Connection<NonBlockingSocket> {
    /// Closes it. No send may hold its socket any more.
    pub(crate) fn close(mut self, registry: &mio::Registry) {
        self.socket.deregister(registry);
    }
}
