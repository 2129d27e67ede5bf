//! A TCP connection to the first address that takes it.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::attempt::Attempt;
use super::elsewhere::elsewhere;
use super::failure::{Failure, FailureKind};
use super::resolve;
use super::socket::Waiting;

const CONNECTING: &str = "connecting";

/// Connects to a host. With `loopback_only`, addresses of other machines are not tried: plain http was allowed
/// for this machine's sake.
pub(super) fn dial(
    attempt: &Attempt,
    host: &str,
    port: u16,
    loopback_only: bool,
) -> Result<Waiting, Failure> {
    let mut addresses = resolve::addresses(attempt, host, port)?;
    if loopback_only {
        addresses.retain(|address| address.ip().is_loopback());
    }
    let mut last = Failure::new(FailureKind::Refused, "the server's name stands for another machine");
    for (index, address) in addresses.iter().enumerate() {
        // Each address gets its share of the time, so that a dead one leaves some for the next.
        let share = attempt.time_left(CONNECTING)? / (addresses.len() - index) as u32;
        match connect(attempt, host, *address, share) {
            Ok(socket) => return Ok(socket),
            Err(error) if error.kind == FailureKind::Cancelled => return Err(error),
            Err(error) => last = error,
        }
    }
    attempt.time_left(CONNECTING)?;
    Err(last)
}

fn connect(attempt: &Attempt, host: &str, address: SocketAddr, share: Duration) -> Result<Waiting, Failure> {
    let connect = move || {
        let stream = TcpStream::connect_timeout(&address, share)?;
        // A request is one write; waiting for more would only delay it.
        stream.set_nodelay(true)?;
        Ok(stream)
    };
    let connected = match attempt.is_interruptible() {
        // The system's call goes on through signals, and a new one would start all over.
        true => elsewhere(attempt, "roomcast-connect", CONNECTING, connect)?,
        false => connect(),
    };
    connected.map(Waiting::new).map_err(|error| {
        let to = if host.contains(':') { address.to_string() } else { format!("{host}:{}", address.port()) };
        Failure::connect(&format!("connecting to {to}"), &error)
    })
}
