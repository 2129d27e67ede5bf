//! The clients that are measured. All do the same work for a message: make its JSON, post it over a connection that is
//! kept, with a timeout of 10 s in force, check the status, and parse the JSON of the answer. Only the floor does not.

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
    /// Sends all there is to send, and returns once all of it was answered.
    fn send_all(&mut self, work: &Arc<Work>) -> Result<(), Failure>;

    fn version(&self) -> String;
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Kind {
    /// A raw socket: one write of a prepared request, one read of the answer.
    Floor,
    /// roomcast: calls that wait, or with more in flight sends that are started, each by the one before it.
    Roomcast,
    /// roomcast: calls that wait, on as many threads as sends are in flight.
    RoomcastThreads,
    /// ureq, with a thread for each send in flight.
    Ureq,
    /// reqwest: its blocking client, or with more in flight its asynchronous one.
    Reqwest,
    /// libcurl: one easy handle, or with more in flight a multi handle.
    Libcurl,
}

impl Kind {
    pub fn make(self, options: &Options) -> Result<Box<dyn Client>, Failure> {
        Ok(match self {
            Kind::Floor => Box::new(floor::Floor::new(options)?),
            Kind::Roomcast if options.in_flight > 1 => Box::new(roomcast::Started::new(options)?),
            Kind::Roomcast | Kind::RoomcastThreads => Box::new(roomcast::Waiting::new(options)?),
            Kind::Ureq => Box::new(ureq::Ureq::new(options)?),
            Kind::Reqwest if options.in_flight > 1 => Box::new(reqwest::Asynchronous::new(options)?),
            Kind::Reqwest => Box::new(reqwest::Blocking::new(options)?),
            #[cfg(feature = "libcurl")]
            Kind::Libcurl => Box::new(libcurl::Libcurl::new(options)?),
            #[cfg(not(feature = "libcurl"))]
            Kind::Libcurl => {
                return Err(
                    "built without it: OpenSSL's headers (libssl-dev) or pkg-config are not installed".into(),
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
