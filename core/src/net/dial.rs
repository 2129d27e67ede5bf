//! A TCP connection to the first address that accepts it.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::attempt::Attempt;
use super::blocking_call::blocking_call;
use super::dns;
use super::failure::{Failure, FailureKind};
use super::socket::BlockingSocket;
use super::timings::{ConnectTimings, Stopwatch};

const CONNECTING: &str = "connecting";

/// Connects to a host. With `loopback_only`, as for plain http to this machine, addresses of other machines are not tried.
pub(super) fn dial(
    attempt: &Attempt,
    host: &str,
    port: u16,
    loopback_only: bool,
    timings: &mut ConnectTimings,
) -> Result<BlockingSocket, Failure> {
    let mut stopwatch = Stopwatch::start();
    let mut addresses = dns::addresses(attempt, host, port)?;
    timings.dns = stopwatch.lap();
    if loopback_only {
        addresses.retain(|address| address.ip().is_loopback());
    }
    let mut last = Failure::new(FailureKind::Refused, "the server's name stands for another machine");
    for (index, address) in addresses.iter().enumerate() {
        // Each address gets its share of the time, so that one that does not respond leaves some for the next.
        let share = attempt.time_left(CONNECTING)? / (addresses.len() - index) as u32;
        match connect(attempt, host, *address, share) {
            Ok(socket) => {
                timings.tcp = stopwatch.lap();
                return Ok(socket);
            }
            Err(error) if error.kind == FailureKind::Cancelled => return Err(error),
            Err(error) => last = error,
        }
    }
    attempt.time_left(CONNECTING)?;
    Err(last)
}

fn connect(
    attempt: &Attempt,
    host: &str,
    address: SocketAddr,
    share: Duration,
) -> Result<BlockingSocket, Failure> {
    let connect = move || {
        let stream = TcpStream::connect_timeout(&address, share)?;
        // A request is one write, which Nagle's algorithm would only delay.
        stream.set_nodelay(true)?;
        Ok(stream)
    };
    let connected = match attempt.is_interruptible() {
        // The system call is not interrupted by signals, and a repeated one would start from the beginning.
        true => blocking_call(attempt, "roomcast-connect", CONNECTING, connect)?,
        false => connect(),
    };
    connected.map(BlockingSocket::new).map_err(|error| {
        let to = if host.contains(':') { address.to_string() } else { format!("{host}:{}", address.port()) };
        Failure::connect(&format!("connecting to {to}"), &error)
    })
}
