//! A host's addresses, within the deadline.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use super::attempt::Attempt;
use super::blocking_call::blocking_call;
use super::failure::{Failure, FailureKind};

const RESOLVING: &str = "resolving the server's name";

/// The addresses of a host.
pub(super) fn addresses(attempt: &Attempt, host: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let name = host.to_owned();
    let look_up = move || Ok((name.as_str(), port).to_socket_addrs()?.collect::<Vec<_>>());
    match blocking_call(attempt, "roomcast-resolve", RESOLVING, look_up)? {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(Failure::new(FailureKind::Connect, "the server's name does not resolve")),
    }
}
