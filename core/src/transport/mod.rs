//! Everything below HTTP: names, sockets, the proxy's tunnel, TLS, and what is known of a request's bytes.
//!
//! ureq speaks HTTP/1.1 and pools connections; it cannot tell whether a request left, nor hold one deadline over
//! every read and write. So the connections under it are ours: each of their reads and writes asks
//! [`progress`] how long it may take, and tells it what reached the socket.

mod buffers;
mod connection;
mod connector;
mod dial;
mod elsewhere;
mod failure;
mod progress;
mod resolve;
mod socket;
mod tls;
mod tunnel;

pub(crate) use connector::Route;
pub(crate) use failure::{Failure, FailureKind};
pub(crate) use progress::{BlockedBy, Interrupted, Progress, hurry};
pub(crate) use tls::Roots;

use ureq::Agent;

use connector::Connector;
use ureq::config::{AutoHeaderValue, Config, RedirectAuthHeaders};

/// The longest head of an answer, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// How long a connection may idle. Shorter than the five seconds after which common servers hang up, so that a
/// message seldom meets a connection that the server is closing: then its fate would be unknown.
const MAX_IDLE_AGE: std::time::Duration = std::time::Duration::from_secs(4);

/// An agent with a pool of its own over our connections.
pub(crate) fn agent(route: Route, max_idle: usize) -> Agent {
    let config = Config::builder()
        .https_only(route.tls.is_some())
        // A status is an answer, not an error: its body is read and judged in `answer`.
        .http_status_as_error(false)
        // A redirected POST would become a GET whose 200 means nothing.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .redirect_auth_headers(RedirectAuthHeaders::Never)
        // The connector tunnels through the proxy itself; left alone, ureq would read the environment's.
        .proxy(None)
        .accept_encoding(AutoHeaderValue::None)
        .max_response_header_size(MAX_HEAD)
        .max_idle_connections(max_idle)
        .max_idle_connections_per_host(max_idle)
        .max_idle_age(MAX_IDLE_AGE)
        .build();
    Agent::with_parts(config, Connector::new(route), resolve::Later)
}
