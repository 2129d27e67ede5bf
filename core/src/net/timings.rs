//! How long the parts of an attempt took, for those who watch it.

use std::time::{Duration, Instant};

/// How long it took to open a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ConnectTimings {
    /// Until the name was resolved.
    pub dns: Duration,
    /// Until the first address accepted the TCP connection, that of the proxy if there is one.
    pub tcp: Duration,
    /// Until the proxy had opened the tunnel, if there is a proxy.
    pub proxy: Option<Duration>,
    /// Until the TLS handshake was complete, if it is https.
    pub tls: Option<Duration>,
}

/// How far an exchange got, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ExchangeTimings {
    pub(crate) is_watched: bool,
    /// The first write, and the end of the last one; none if nobody watches.
    pub(crate) began: Option<Instant>,
    pub(crate) written: Option<Instant>,
    /// Bytes of the request: those that the connection took. And of the response.
    pub(crate) sent: usize,
    pub(crate) received: usize,
}

impl ExchangeTimings {
    /// To be called before each write.
    pub(super) fn begin_writing(&mut self) {
        if self.is_watched && self.began.is_none() {
            self.began = Some(Instant::now());
        }
    }

    /// The socket took the whole request.
    pub(super) fn end_writing(&mut self) {
        self.written = self.began.map(|_| Instant::now());
    }
}

/// Measures one part after another.
pub(super) struct Stopwatch(Instant);

impl Stopwatch {
    pub(super) fn start() -> Self {
        Stopwatch(Instant::now())
    }

    /// The time since the last part.
    pub(super) fn lap(&mut self) -> Duration {
        let now = Instant::now();
        let lap = now - self.0;
        self.0 = now;
        lap
    }
}
