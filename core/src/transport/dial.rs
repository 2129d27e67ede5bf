//! A TCP connection to the first address that takes it.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::elsewhere::elsewhere;
use super::failure::{Failure, FailureKind};
use super::socket::Socket;
use super::{progress, resolve};

const CONNECTING: &str = "connecting";

/// Connects to a host. With `loopback_only`, addresses of other machines are not tried: plain http was allowed
/// for this machine's sake.
pub(super) fn dial(host: &str, port: u16, loopback_only: bool) -> Result<Socket, Failure> {
    let mut addresses = resolve::addresses(host, port)?;
    if loopback_only {
        addresses.retain(|address| address.ip().is_loopback());
    }
    let mut last = Failure::new(FailureKind::Refused, "the server's name stands for another machine");
    for (index, address) in addresses.iter().enumerate() {
        // Each address gets its share of the time, so that a dead one leaves some for the next.
        let share = progress::time_left(CONNECTING)? / (addresses.len() - index) as u32;
        match connect(host, *address, share) {
            Ok(socket) => return Ok(socket),
            Err(error) if error.kind == FailureKind::Cancelled => return Err(error),
            Err(error) => last = error,
        }
    }
    progress::time_left(CONNECTING)?;
    Err(last)
}

fn connect(host: &str, address: SocketAddr, share: Duration) -> Result<Socket, Failure> {
    let connect = move || {
        let stream = TcpStream::connect_timeout(&address, share)?;
        // A request is one write; waiting for more would only delay it.
        stream.set_nodelay(true)?;
        Ok(stream)
    };
    let connected = match progress::is_interruptible() {
        // The system's call goes on through signals, and a new one would start all over.
        true => elsewhere("roomcast-connect", CONNECTING, connect)?,
        false => connect(),
    };
    connected.map(Socket::new).map_err(|error| {
        let to = if host.contains(':') { address.to_string() } else { format!("{host}:{}", address.port()) };
        Failure::connect(&format!("connecting to {to}"), &error)
    })
}
