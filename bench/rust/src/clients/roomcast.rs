use std::path::Path;
use std::sync::{Arc, mpsc};

use roomcast::Request;

use super::{Client, TIMEOUT};
use crate::Failure;
use crate::message::{PEER, ROOM, text};
use crate::send::Options;
use crate::work::{self, Work};

/// Key and secret come from the environment.
pub fn client(url: &str, ca_file: Option<&Path>, in_flight: usize) -> Result<roomcast::Client, Failure> {
    let mut builder = roomcast::Client::builder()
        .base_url(url)
        .timeout(TIMEOUT)
        .max_in_flight(in_flight.max(64).try_into()?);
    if let Some(path) = ca_file {
        builder = builder.ca_file(path);
    }
    Ok(builder.build()?)
}

fn made(options: &Options) -> Result<roomcast::Client, Failure> {
    client(&options.url, options.ca_file.as_deref(), options.in_flight)
}

/// Calls that wait.
pub struct Waiting {
    client: roomcast::Client,
    threads: usize,
}

impl Waiting {
    pub fn new(options: &Options) -> Result<Self, Failure> {
        Ok(Waiting { client: made(options)?, threads: options.in_flight })
    }
}

impl Client for Waiting {
    fn send_all(&mut self, work: &Arc<Work>) -> Result<(), Failure> {
        work::blocking(work, self.threads, |number| {
            self.client.send_to_peer(ROOM, PEER, &text(number))?;
            Ok(())
        })
    }

    fn version(&self) -> String {
        roomcast::VERSION.to_owned()
    }
}

/// Sends that are started: so many at first, and then each callback starts the next.
pub struct Started {
    client: roomcast::Client,
    in_flight: usize,
}

impl Started {
    pub fn new(options: &Options) -> Result<Self, Failure> {
        Ok(Started { client: made(options)?, in_flight: options.in_flight })
    }
}

/// Dropped by the last send.
struct Sends {
    client: roomcast::Client,
    work: Arc<Work>,
    ended: mpsc::Sender<Result<(), Failure>>,
}

fn next(sends: Arc<Sends>) {
    let Some(number) = sends.work.take() else { return };
    let request = Request::new(ROOM, text(number)).peer_id(PEER);
    let again = sends.clone();
    let started = sends.client.start_message(&request, move |result| match result {
        Ok(_) => next(again),
        Err(error) => drop(again.ended.send(Err(error.into()))),
    });
    if let Err(error) = started {
        let _ = sends.ended.send(Err(error.into()));
    }
}

impl Client for Started {
    fn send_all(&mut self, work: &Arc<Work>) -> Result<(), Failure> {
        let (ended, ends) = mpsc::channel();
        let sends = Arc::new(Sends { client: self.client.clone(), work: work.clone(), ended });
        for _ in 0..self.in_flight {
            next(sends.clone());
        }
        drop(sends);
        // Nothing but failures is told; the channel closes when the last send has ended.
        ends.into_iter().next().unwrap_or(Ok(()))
    }

    fn version(&self) -> String {
        roomcast::VERSION.to_owned()
    }
}
