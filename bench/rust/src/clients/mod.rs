//! The clients that are measured. All do the same work for a message: serialize its JSON, post it over a reused
//! connection with a timeout of 10 s, check the status, and parse the response's JSON. Only the floor does not.

mod floor;
#[cfg(feature = "libcurl")]
mod libcurl;
mod reqwest;
mod roomcast;
mod ureq;

use std::sync::Arc;
use std::time::Duration;

use crate::Failure;
use crate::send::Options;
use crate::work::Work;

pub use self::roomcast::client as roomcast_client;

const TIMEOUT: Duration = Duration::from_secs(10);

pub trait Client {
    /// Sends all messages of `work`, and returns when all responses have arrived.
    fn send_all(&mut self, work: &Arc<Work>) -> Result<(), Failure>;

    fn version(&self) -> String;
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Kind {
    /// A raw socket: one write of a prepared request, one read of the response.
    Floor,
    /// roomcast: blocking calls, or with several in flight `start_message`, where each callback starts the next send.
    Roomcast,
    /// roomcast: blocking calls, on one thread per send in flight.
    RoomcastThreads,
    /// roomcast: `start_message` with an observer.
    RoomcastObserved,
    /// roomcast: `send_many`.
    RoomcastMany,
    /// ureq, with one thread per send in flight.
    Ureq,
    /// reqwest: its blocking client, or with several in flight its asynchronous one.
    Reqwest,
    /// libcurl: one easy handle, or with several in flight a multi handle.
    Libcurl,
}

impl Kind {
    pub fn make(self, options: &Options) -> Result<Box<dyn Client>, Failure> {
        Ok(match self {
            Kind::Floor => Box::new(floor::Floor::new(options)?),
            Kind::Roomcast if options.in_flight > 1 => Box::new(roomcast::Callbacks::new(options)?),
            Kind::Roomcast | Kind::RoomcastThreads => Box::new(roomcast::Blocking::new(options)?),
            Kind::RoomcastObserved => Box::new(roomcast::Callbacks::observed(options)?),
            Kind::RoomcastMany => Box::new(roomcast::Many::new(options)?),
            Kind::Ureq => Box::new(ureq::Ureq::new(options)?),
            Kind::Reqwest if options.in_flight > 1 => Box::new(reqwest::Asynchronous::new(options)?),
            Kind::Reqwest => Box::new(reqwest::Blocking::new(options)?),
            #[cfg(feature = "libcurl")]
            Kind::Libcurl => Box::new(libcurl::Libcurl::new(options)?),
            #[cfg(not(feature = "libcurl"))]
            Kind::Libcurl => {
                return Err(
                    "built without libcurl: OpenSSL's headers (libssl-dev) or pkg-config are not installed"
                        .into(),
                );
            }
        })
    }
}

/// The version of a crate that this program was built with.
fn locked(name: &str) -> String {
    let package = format!("name = \"{name}\"\nversion = \"");
    let lock = include_str!("../../Cargo.lock");
    let version = lock.split_once(&package).and_then(|(_, rest)| rest.split_once('"'));
    version.map_or_else(|| "unknown".to_owned(), |(version, _)| version.to_owned())
}
