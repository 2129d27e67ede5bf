//! Makes connections: name, socket, tunnel, TLS.

use std::sync::Arc;

use rustls::ClientConfig;

use crate::base_url::BaseUrl;
use crate::faultpoint::faultpoint;
use crate::proxy::Proxy;

use super::attempt::Attempt;
use super::connection::Connection;
use super::dial::dial;
use super::failure::Failure;
use super::socket::{Socket, Waiting};
use super::tls::Tls;
use super::tunnel;

/// How to reach the one server that a client speaks to.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) base_url: BaseUrl,
    pub(crate) proxy: Option<Proxy>,
    /// None for plain http, which is for this machine only.
    pub(crate) tls: Option<Arc<ClientConfig>>,
}

impl Route {
    /// A new connection to the server. Whatever it takes to make it is none of the request's bytes.
    pub(crate) fn connect(&self, attempt: &Attempt) -> Result<Connection<Waiting>, Failure> {
        faultpoint!("connect");
        attempt.connecting();
        let connection = self.open(attempt)?;
        attempt.connected();
        Ok(connection)
    }

    fn open(&self, attempt: &Attempt) -> Result<Connection<Waiting>, Failure> {
        let Route { base_url, proxy, tls } = self;
        let (host, port) = (base_url.host(), base_url.port());
        let mut socket = match proxy {
            Some(proxy) => {
                let mut socket = dial(attempt, &proxy.host, proxy.port, false)?;
                tunnel::open(&mut socket.of(attempt), proxy, host, port)?;
                socket
            }
            None => dial(attempt, host, port, tls.is_none())?,
        };
        let tls = match tls {
            Some(config) => Some(Tls::connect(config.clone(), host, &mut socket.of(attempt))?),
            None => None,
        };
        Ok(Connection::new(socket, tls))
    }
}
