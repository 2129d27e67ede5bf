//! Bytes: names, sockets, the proxy's tunnel, TLS, HTTP/1.1, and what reached the socket.
//!
//! An [`Exchange`] is HTTP without a socket. A [`Connection`] moves its bytes over a blocking socket (for a send on the
//! caller's thread) or a non-blocking one (for the reactor). Each read and write gets its deadline from the [`Attempt`] and
//! records in it what the socket accepted; the outcome of a failed send rests on that record, the [`SendState`].

mod attempt;
mod base_url;
mod blocking_call;
mod connection;
mod connection_counts;
mod dial;
mod dns;
mod failure;
mod fake;
mod http1;
mod http_response;
mod idle_limit;
mod idle_queue;
mod keep_alive;
mod no_proxy;
mod pool;
mod proxy;
mod roots;
mod route;
mod send_state;
mod socket;
mod timings;
mod tls;
mod tunnel;

pub use base_url::DEFAULT_BASE_URL;
pub use fake::{FakeCall, FakeRequest, FakeResponse, FakeServer};
pub use timings::ConnectTimings;

pub(crate) use attempt::{Attempt, deadline_passed};
pub(crate) use base_url::{BaseUrl, HttpHost};
pub(crate) use connection::{Connection, Io};
pub(crate) use connection_counts::ConnectionCounts;
pub(crate) use failure::{Failure, FailureKind};
pub(crate) use fake::round_trip as fake_round_trip;
pub(crate) use http_response::HttpResponse;
pub(crate) use http1::Exchange;
pub(crate) use idle_limit::{FIRST_GUESS, IdleLimit};
pub(crate) use idle_queue::IdleQueue;
pub(crate) use keep_alive::MAX_AGE;
pub(crate) use pool::Pool;
pub(crate) use proxy::Proxy;
pub(crate) use roots::{AddedRoots, FallbackRoots, Roots};
pub(crate) use route::Route;
pub(crate) use send_state::{Interrupted, SIGNAL_CHECK, SendState, StopReason};
pub(crate) use socket::{BlockingSocket, NonBlockingSocket};
pub(crate) use tls::TlsConfig;
