//! Makes the connections for ureq's pool: name, socket, tunnel, TLS.

use std::sync::Arc;

use rustls::ClientConfig;
use ureq::unversioned::transport::{ConnectionDetails, Connector as UreqConnector};

use crate::base_url::BaseUrl;
use crate::faultpoint::faultpoint;
use crate::proxy::Proxy;

use super::connection::{Connection, Stream};
use super::dial::dial;
use super::failure::Failure;
use super::tls::TlsStream;
use super::{progress, tunnel};

/// How to reach the one server that a client speaks to.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) base_url: BaseUrl,
    pub(crate) proxy: Option<Proxy>,
    /// None for plain http, which is for this machine only.
    pub(crate) tls: Option<Arc<ClientConfig>>,
}

#[derive(Debug)]
pub(super) struct Connector {
    route: Route,
}

impl Connector {
    pub(super) fn new(route: Route) -> Self {
        Connector { route }
    }

    fn open(&self) -> Result<Stream, Failure> {
        let Route { base_url, proxy, tls } = &self.route;
        let socket = match proxy {
            Some(proxy) => {
                let mut socket = dial(&proxy.host, proxy.port, false)?;
                tunnel::open(&mut socket, proxy, base_url.host(), base_url.port())?;
                socket
            }
            None => dial(base_url.host(), base_url.port(), tls.is_none())?,
        };
        match tls {
            Some(config) => TlsStream::connect(config.clone(), base_url.host(), socket).map(Stream::Tls),
            None => Ok(Stream::Plain(socket)),
        }
    }
}

impl UreqConnector for Connector {
    type Out = Connection;

    fn connect(&self, _: &ConnectionDetails, _: Option<()>) -> Result<Option<Connection>, ureq::Error> {
        faultpoint!("connect");
        progress::connecting()?;
        let stream = self.open()?;
        progress::connected()?;
        Ok(Some(Connection::new(stream)))
    }
}
