//! From a host's name to its addresses, within the deadline.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::failure::{Failure, FailureKind};
use super::progress;

const RESOLVING: &str = "resolving the server's name";

/// The addresses of a host. A name is looked up on a thread of its own, since the system's call knows no deadline;
/// one that outlives the deadline ends by itself.
pub(super) fn addresses(host: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let (answer, answered) = mpsc::sync_channel(1);
    let name = host.to_owned();
    let look_up = move || {
        let found = (name.as_str(), port).to_socket_addrs();
        let _ = answer.send(found.map(Iterator::collect::<Vec<_>>));
    };
    thread::Builder::new()
        .name("roomcast-resolve".into())
        .spawn(look_up)
        .map_err(|error| Failure::connect(RESOLVING, &error))?;
    match answered.recv_timeout(progress::time_left(RESOLVING)?) {
        Ok(Ok(found)) if !found.is_empty() => Ok(found),
        Ok(_) => Err(Failure::new(FailureKind::Connect, "the server's name does not resolve")),
        Err(RecvTimeoutError::Timeout) => Err(progress::deadline_passed(RESOLVING)),
        Err(RecvTimeoutError::Disconnected) => {
            Err(Failure::new(FailureKind::Connect, "the look-up of the server's name failed"))
        }
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
