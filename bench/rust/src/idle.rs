//! The cost of idle clients.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::Failure;
use crate::clients::roomcast_client;
use crate::message::{PEER, ROOM, text};
use crate::process;
use crate::work::{self, Work};

/// The number of clients or connections that are created.
const MANY: usize = 256;

#[derive(clap::Args)]
pub struct Options {
    /// The base URL of a server that responds after a delay, so that all sends are in flight at the same time.
    #[arg(long)]
    url: String,
    #[arg(long)]
    ca_file: Option<PathBuf>,
}

pub fn idle(options: &Options) -> Result<(), Failure> {
    let ca_file = options.ca_file.as_deref();
    let create = |url: &str| -> Result<(Duration, f64), Failure> {
        let (memory, mut clients, mut times) = (process::memory("VmRSS")?, Vec::new(), Vec::new());
        for _ in 0..MANY {
            let began = Instant::now();
            clients.push(roomcast_client(url, ca_file, 1)?);
            times.push(began.elapsed());
        }
        times.sort_unstable();
        Ok((times[MANY / 2], grown(memory)?))
    };
    let (plain, plain_kib) = create(&options.url)?;
    let (https, https_kib) = create("https://api.100ms.live/v2")?;
    println!(
        "{}",
        json!({
            "plain_s": plain.as_secs_f64(),
            "plain_kib": plain_kib,
            "https_s": https.as_secs_f64(),
            "https_kib": https_kib,
            "connection_kib": connection(options)?,
        })
    );
    Ok(())
}

/// Memory of an idle connection: the growth after `MANY` concurrent sends, without their threads.
fn connection(options: &Options) -> Result<f64, Failure> {
    let client = roomcast_client(&options.url, options.ca_file.as_deref(), MANY)?;
    // Threads leave some memory allocated too, so start them once before measuring.
    let send = |_| client.send_to_peer(ROOM, PEER, text(0)).map(drop).map_err(Into::into);
    let threads = |send: &(dyn Fn(u64) -> Result<(), Failure> + Sync)| {
        work::blocking(&Work::new(MANY as u64, 60.0), MANY, send)
    };
    threads(&|_| {
        std::thread::sleep(Duration::from_millis(50));
        Ok(())
    })?;
    let memory = process::memory("VmRSS")?;
    threads(&send)?;
    grown(memory)
}

/// The growth of the process since `before`, in KiB, divided by `MANY`.
fn grown(before: u64) -> Result<f64, Failure> {
    Ok((process::memory("VmRSS")? as f64 - before as f64) / MANY as f64)
}
