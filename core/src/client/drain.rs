//! Closing a client once its operations have ended.

use std::thread::Builder;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Outcome};
use crate::net::SIGNAL_CHECK;
use crate::runtime::OperationKind;
use crate::spawn::spawn;

use super::Client;

/// How long what was cancelled may take to return, before it is cancelled again: it may have been started meanwhile.
const CANCEL_PAUSE: Duration = Duration::from_millis(20);
/// How long the callbacks of what was cancelled may take in all.
const CANCEL_TIME: Duration = Duration::from_secs(5);

impl Client {
    /// Closes the client, and waits until its operations have ended: those in flight and those that are queued. At the end of
    /// `timeout` it cancels those that were started and are left; each returns [`Cancelled`](crate::ErrorKind::Cancelled) with
    /// what is known of its message. Those that block their callers' threads end by themselves, within their own timeouts.
    ///
    /// Every further call fails with [`Configuration`](crate::ErrorKind::Configuration). Returns whether all operations ended by
    /// themselves. It must not be called in a callback, which would wait for itself.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// use roomcast::{Client, Request};
    ///
    /// fn main() -> Result<(), roomcast::Error> {
    ///     let client = Client::from_env()?;
    ///     for room_id in ["maths", "biology"] {
    ///         let request = Request::new(room_id, "class is off today");
    ///         client.start_message(&request, move |result| {
    ///             if let Err(error) = result {
    ///                 eprintln!("{room_id}: {error}");
    ///             }
    ///         })?;
    ///     }
    ///     // Callbacks have returned when it returns.
    ///     if !client.drain(Duration::from_secs(5)) {
    ///         eprintln!("some sends were cancelled: see their errors");
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn drain(&self, timeout: Duration) -> bool {
        self.close();
        let process = self.0.per_process.current();
        let interrupted = self.0.delivery.interrupted.as_deref();
        let end = deadline(timeout);
        loop {
            let slice = if interrupted.is_some() { end.min(Instant::now() + SIGNAL_CHECK) } else { end };
            if process.operations.wait(slice) {
                return true;
            }
            if Instant::now() >= end || interrupted.is_some_and(|interrupted| interrupted()) {
                break;
            }
        }
        process.operations.abort();
        let give_up = Instant::now() + CANCEL_TIME;
        while process.operations.count(OperationKind::Started)
            + process.operations.count(OperationKind::Multicast)
            > 0
            && Instant::now() < give_up
        {
            process.reactor.cancel_all();
            process.operations.wait(Instant::now() + CANCEL_PAUSE);
        }
        false
    }

    /// [Drains](Client::drain) the client on a thread of its own, and calls `on_done` there.
    ///
    /// # Errors
    /// [`Connection`](crate::ErrorKind::Connection) if the system cannot start a thread. The client is closed nevertheless.
    pub fn start_drain(
        &self,
        timeout: Duration,
        on_done: impl FnOnce(bool) + Send + 'static,
    ) -> Result<(), Error> {
        self.close();
        let client = self.clone();
        let drain = move || on_done(client.drain(timeout));
        spawn(Builder::new().name("roomcast-drain".into()), drain).map(drop).map_err(|_| {
            Error::new(ErrorKind::Connection, Outcome::NotSent, "the system gives no thread to drain with")
        })
    }
}

/// The end of `timeout`, however long that is.
fn deadline(timeout: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    Instant::now() + timeout.min(YEAR)
}
