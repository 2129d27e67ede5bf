//! How the client's one server is reached: name, socket, tunnel, TLS.

use std::sync::Arc;
use std::time::Duration;

use crate::faultpoint::faultpoint;

use super::attempt::Attempt;
use super::base_url::BaseUrl;
use super::connection::Connection;
use super::connection_counts::ConnectionCounts;
use super::dial::dial;
use super::failure::Failure;
use super::idle_limit::IdleLimit;
use super::keep_alive::expiry;
use super::proxy::Proxy;
use super::socket::{BlockingSocket, Socket, Wait};
use super::timings::{ConnectTimings, Stopwatch};
use super::tls::{Tls, TlsConfig};
use super::tunnel;

/// The way to the server.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) base_url: BaseUrl,
    pub(crate) proxy: Option<Proxy>,
    /// None for plain http, to loopback or to the host that is named for it.
    pub(crate) tls: Option<TlsConfig>,
    /// How old a connection may be to be kept for another request.
    pub(crate) max_connection_age: Duration,
    pub(crate) connections: ConnectionCounts,
    pub(crate) idle_limit: Arc<IdleLimit>,
}

impl Route {
    /// Opens a connection to the server. None of the bytes that this takes count as the request's.
    pub(crate) fn connect(&self, attempt: &Attempt) -> Result<Connection<BlockingSocket>, Failure> {
        faultpoint!("connect");
        attempt.connecting();
        let connection = self.open(attempt);
        attempt.connected();
        connection
    }

    fn open(&self, attempt: &Attempt) -> Result<Connection<BlockingSocket>, Failure> {
        let Route { base_url, proxy, tls, max_connection_age, connections, idle_limit } = self;
        let (host, port) = (base_url.host(), base_url.port());
        let mut timings = ConnectTimings::default();
        let loopback_only = tls.is_none() && base_url.is_loopback();
        let mut socket = match proxy {
            Some(proxy) => dial(attempt, &proxy.host, proxy.port, false, &mut timings)?,
            None => dial(attempt, host, port, loopback_only, &mut timings)?,
        };
        let mut stopwatch = Stopwatch::start();
        if let Some(proxy) = proxy {
            tunnel::open(&mut socket.io(attempt, Wait::ReadsAndWrites), proxy, host, port)?;
            timings.proxy = Some(stopwatch.lap());
        }
        let tls = match tls {
            Some(config) => {
                let tls = Tls::connect(config, host, &mut socket.io(attempt, Wait::ReadsAndWrites))?;
                timings.tls = Some(stopwatch.lap());
                Some(tls)
            }
            None => None,
        };
        attempt.record_connected(timings);
        Ok(Connection::new(
            socket,
            tls,
            expiry(*max_connection_age),
            connections.open_one(),
            idle_limit.clone(),
        ))
    }
}
