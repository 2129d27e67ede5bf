//! From a host's name to its addresses, within the deadline.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::elsewhere::elsewhere;
use super::failure::{Failure, FailureKind};

const RESOLVING: &str = "resolving the server's name";

/// The addresses of a host.
pub(super) fn addresses(host: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let name = host.to_owned();
    let look_up = move || Ok((name.as_str(), port).to_socket_addrs()?.collect::<Vec<_>>());
    match elsewhere("roomcast-resolve", RESOLVING, look_up)? {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(Failure::new(FailureKind::Connect, "the server's name does not resolve")),
    }
}

/// ureq asks its resolver before every request, even where a pooled connection will serve. The connector looks
/// names up itself, when a new connection is really made.
#[derive(Debug)]
pub(super) struct Later;

impl Resolver for Later {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}
