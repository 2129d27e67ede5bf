//! What a request handler knows of its connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A connection to the sandbox.
#[derive(Debug, Clone)]
pub struct ClientConnection {
    /// The address of the client.
    pub client: SocketAddr,
    pub switch: Switch,
}

/// Ends a connection without a response.
#[derive(Debug, Clone, Default)]
pub struct Switch(Arc<AtomicBool>);

impl Switch {
    /// Nothing more is written to the connection; it is closed when the response would be written.
    pub fn cut(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_cut(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
