//! What one process sends with, made from the client's configuration.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use roomcast_process_local::generation;

use crate::api::MAX_MESSAGE;
use crate::auth::{Credentials, Tokens};
use crate::delivery::{Backend, Budget, Counters, RateLimit};
use crate::net::{BaseUrl, ConnectionCounts, FakeServer, IdleLimit, Pool, Proxy, Roots, Route, TlsConfig};

use super::operations::Operations;
use super::reactor::ReactorHandle;

/// How much started operations that wait may hold, in bytes: their messages, and 512 for each. Those in flight
/// have 1 MiB each beside it, so that one that finds a place is never refused.
pub const MAX_QUEUED: usize = 64 * 1024 * 1024;
/// What an operation takes besides its message, about.
pub(crate) const TASK_BYTES: usize = 512;

/// The part of a client's configuration that each process makes its own state from.
pub(crate) struct TransportConfig {
    pub(crate) base_url: BaseUrl,
    pub(crate) proxy: Option<Proxy>,
    /// None for plain http.
    pub(crate) roots: Option<Roots>,
    pub(crate) credentials: Credentials,
    pub(crate) max_in_flight: usize,
    pub(crate) max_connection_age: Duration,
    /// How long the server is believed to keep idle connections, until it is known.
    pub(crate) idle_guess: Duration,
    /// For showing only: `roots` holds its certificates.
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) fake_server: Option<Arc<dyn FakeServer>>,
}

pub(crate) struct ProcessState {
    /// Tells the process apart from those that it was forked from, and from its children.
    pub(crate) generation: u64,
    pub(crate) backend: Arc<Backend>,
    pub(crate) operations: Arc<Operations>,
    /// For operations that do not block their caller's thread.
    pub(crate) reactor: ReactorHandle,
}

impl ProcessState {
    pub(super) fn new(config: &TransportConfig) -> Self {
        let idle_limit = Arc::new(IdleLimit::new(config.idle_guess));
        let route = Route {
            base_url: config.base_url.clone(),
            proxy: config.proxy.clone(),
            tls: config.roots.as_ref().map(TlsConfig::new),
            max_connection_age: config.max_connection_age,
            connections: ConnectionCounts::default(),
            idle_limit: idle_limit.clone(),
        };
        let pool = Pool::new(config.max_in_flight, idle_limit.clone());
        let tokens = Tokens::new(config.credentials.clone());
        ProcessState {
            generation: generation(),
            backend: Arc::new(Backend {
                route,
                pool,
                tokens,
                rate_limit: RateLimit::new(),
                counters: Counters::default(),
                fake_server: config.fake_server.clone(),
            }),
            operations: Arc::default(),
            reactor: ReactorHandle::new(
                config.max_in_flight,
                Budget::new(max_held(config.max_in_flight)),
                idle_limit,
            ),
        }
    }

    /// No more operations are expected: idle connections are closed, and idle threads end.
    pub(crate) fn retire(&self) {
        self.backend.pool.close();
        self.reactor.retire();
    }
}

/// How much all started operations may hold, in bytes.
fn max_held(max_in_flight: usize) -> usize {
    MAX_QUEUED.saturating_add(max_in_flight.saturating_mul(MAX_MESSAGE + TASK_BYTES))
}
