use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};

use roomcast::{ClientBuilder, Observer, OperationEvent, OperationInfo, Request};

use super::{Client, TIMEOUT};
use crate::Failure;
use crate::message::{PEER, ROOM, text};
use crate::send::Options;
use crate::work::{self, Work};

/// The access key and the secret come from the environment.
pub fn client(url: &str, ca_file: Option<&Path>, in_flight: usize) -> Result<roomcast::Client, Failure> {
    Ok(builder(url, ca_file, in_flight)?.build()?)
}

fn builder(url: &str, ca_file: Option<&Path>, in_flight: usize) -> Result<ClientBuilder, Failure> {
    let mut builder = roomcast::Client::builder()
        .base_url(url)
        .timeout(TIMEOUT)
        .max_in_flight(in_flight.max(64).try_into()?);
    if let Some(path) = ca_file {
        builder = builder.ca_file(path);
    }
    Ok(builder)
}

fn create(options: &Options) -> Result<roomcast::Client, Failure> {
    Ok(builder(&options.url, options.ca_file.as_deref(), options.in_flight)?.build()?)
}

/// Counts the attempts.
#[derive(Default)]
struct Attempts(AtomicU64);

impl Observer for Attempts {
    fn on_event(&self, _: &OperationInfo<'_>, event: &OperationEvent<'_>) {
        if let OperationEvent::AttemptEnded { .. } = event {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Blocking calls.
pub struct Blocking {
    client: roomcast::Client,
    threads: usize,
}

impl Blocking {
    pub fn new(options: &Options) -> Result<Self, Failure> {
        Ok(Blocking { client: create(options)?, threads: options.in_flight })
    }
}

impl Client for Blocking {
    fn send_all(&mut self, work: &Arc<Work>) -> Result<(), Failure> {
        work::blocking(work, self.threads, |number| {
            self.client.send_to_peer(ROOM, PEER, text(number))?;
            Ok(())
        })
    }

    fn version(&self) -> String {
        roomcast::VERSION.to_owned()
    }
}

/// `start_message`: starts the first load, and each callback starts the next one.
pub struct Callbacks {
    client: roomcast::Client,
    in_flight: usize,
}

impl Callbacks {
    pub fn new(options: &Options) -> Result<Self, Failure> {
        Ok(Callbacks { client: create(options)?, in_flight: options.in_flight })
    }

    /// With an observer.
    pub fn observed(options: &Options) -> Result<Self, Failure> {
        let builder = builder(&options.url, options.ca_file.as_deref(), options.in_flight)?;
        Ok(Callbacks { client: builder.observer(Attempts::default()).build()?, in_flight: options.in_flight })
    }
}

/// Shared by all sends, and dropped with the last one.
struct Load {
    client: roomcast::Client,
    work: Arc<Work>,
    ended: mpsc::Sender<Result<(), Failure>>,
}

fn start_next(load: Arc<Load>) {
    let Some(number) = load.work.take() else { return };
    let request = Request::new(ROOM, text(number)).peer_id(PEER);
    let shared = load.clone();
    let started = load.client.start_message(&request, move |result| match result {
        Ok(_) => start_next(shared),
        Err(error) => drop(shared.ended.send(Err(error.into()))),
    });
    if let Err(error) = started {
        let _ = load.ended.send(Err(error.into()));
    }
}

impl Client for Callbacks {
    fn send_all(&mut self, work: &Arc<Work>) -> Result<(), Failure> {
        let (ended, ends) = mpsc::channel();
        let load = Arc::new(Load { client: self.client.clone(), work: work.clone(), ended });
        for _ in 0..self.in_flight {
            start_next(load.clone());
        }
        drop(load);
        // Only failures are sent to the channel; it closes when the last send has ended.
        ends.into_iter().next().unwrap_or(Ok(()))
    }

    fn version(&self) -> String {
        roomcast::VERSION.to_owned()
    }
}

/// `send_many`, with an iterator of messages.
pub struct Many {
    client: roomcast::Client,
}

impl Many {
    pub fn new(options: &Options) -> Result<Self, Failure> {
        Ok(Many { client: create(options)? })
    }
}

impl Client for Many {
    fn send_all(&mut self, work: &Arc<Work>) -> Result<(), Failure> {
        let numbers = std::iter::from_fn(|| work.take());
        let items = numbers.map(|number| Request::new(ROOM, text(number)).peer_id(PEER));
        for item in self.client.send_many(items) {
            item.result?;
        }
        Ok(())
    }

    fn version(&self) -> String {
        roomcast::VERSION.to_owned()
    }
}
