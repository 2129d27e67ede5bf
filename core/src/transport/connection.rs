//! A connection that stands, and how an exchange goes over it.

use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

use crate::faultpoint::faultpoint;

use super::attempt::Attempt;
use super::exchange::Exchange;
use super::failure::Failure;
use super::socket::{Polled, Socket, Waiting};
use super::tls::Tls;

/// How long an answer's body is waited for once its status is known: the status tells all that matters.
const BODY_PATIENCE: Duration = Duration::from_secs(2);

/// How often a socket that never waits is read from in a row, while others may have news too.
const READS: usize = 16;

/// How far an exchange got.
pub(crate) enum Went {
    /// To its end: the answer is there.
    Through,
    /// The socket has to be waited for.
    AsFarAsItCould,
    /// There may be more to read, but it is others' turn.
    OnAndOn,
}

/// A connection to the server.
#[derive(Debug)]
pub(crate) struct Connection<S> {
    socket: S,
    tls: Option<Tls>,
}

impl<S: Socket> Connection<S> {
    pub(super) fn new(socket: S, tls: Option<Tls>) -> Self {
        Connection { socket, tls }
    }

    /// Goes on with an exchange: with a socket that waits, to its end.
    pub(crate) fn go_on(&mut self, exchange: &mut Exchange, attempt: &Attempt) -> Result<Went, Failure> {
        let wire = &mut self.socket.of(attempt);
        // A server may refuse before it has read all: so a failed write is told only if no answer can be read.
        if exchange.write_failure.is_none() {
            let begins = !exchange.is_written();
            faultpoint!("write");
            match write_all(self.tls.as_mut(), wire, exchange) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Went::AsFarAsItCould),
                Err(error) => exchange.write_failure = Some(Failure::broken(&error)),
                // The event loop is told when there is something to read; looking at once would be in vain.
                Ok(()) if begins && !S::WAITS => {
                    faultpoint!("written");
                    return Ok(Went::AsFarAsItCould);
                }
                Ok(()) => {}
            }
            faultpoint!("written");
        }
        if let Some(failure) = exchange.write_failure.as_ref().filter(|failure| failure.is_final()) {
            return Err(failure.clone());
        }
        let mut reads = 0;
        while S::WAITS || reads < READS {
            reads += 1;
            let room = exchange.room();
            let read = match &mut self.tls {
                Some(tls) => tls.read(wire, room),
                None => wire.read(room),
            };
            faultpoint!("read");
            match read {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Went::AsFarAsItCould),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Ok(0) | Err(_) if exchange.is_decided() => {
                    // A body that breaks off leaves what came before.
                    exchange.break_off();
                    return Ok(Went::Through);
                }
                Ok(0) if exchange.ends_with_connection() => {
                    exchange.break_off();
                    return Ok(Went::Through);
                }
                Ok(0) => return Err(exchange.write_failure.take().unwrap_or_else(Failure::closed)),
                Err(error) => {
                    return Err(exchange.write_failure.take().unwrap_or_else(|| Failure::broken(&error)));
                }
                Ok(amount) => {
                    let was_decided = exchange.is_decided();
                    if exchange.arrived(amount)? {
                        return Ok(Went::Through);
                    }
                    if exchange.is_decided() && !was_decided {
                        attempt.hurry(BODY_PATIENCE);
                    }
                }
            }
        }
        Ok(Went::OnAndOn)
    }

    /// Whether it can serve: the server neither closed it nor said a word that nobody asked for.
    pub(crate) fn is_open(&mut self) -> bool {
        !self.tls.as_mut().is_some_and(Tls::has_surplus) && self.socket.is_quiet()
    }
}

fn write_all(tls: Option<&mut Tls>, wire: &mut impl Write, exchange: &mut Exchange) -> io::Result<()> {
    let Some(tls) = tls else {
        while !exchange.unwritten().is_empty() {
            match wire.write(exchange.unwritten()) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(amount) => exchange.wrote(amount),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        return Ok(());
    };
    loop {
        tls.flush(wire)?;
        if exchange.unwritten().is_empty() {
            return Ok(());
        }
        let amount = tls.write(exchange.unwritten())?;
        exchange.wrote(amount);
    }
}

impl Connection<Waiting> {
    /// The same connection for an event loop, which is told of its news as `token`'s.
    pub(crate) fn into_polled(
        self,
        registry: &mio::Registry,
        token: mio::Token,
    ) -> io::Result<Connection<Polled>> {
        Ok(Connection { socket: self.socket.into_polled(registry, token)?, tls: self.tls })
    }
}

impl Connection<Polled> {
    /// Closes it. No send holds it any more.
    pub(crate) fn close(mut self, registry: &mio::Registry) {
        self.socket.forget(registry);
    }
}
