//! One measurement of one client.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use serde_json::json;

use crate::Failure;
use crate::clients::{Client, Kind};
use crate::process;
use crate::work::Work;

/// The programs in C, Python and Node have the same options.
#[derive(clap::Args)]
pub struct Options {
    #[arg(long)]
    pub client: Kind,
    /// The API's base URL.
    #[arg(long)]
    pub url: String,
    /// A PEM file with a certificate authority to trust.
    #[arg(long)]
    pub ca_file: Option<PathBuf>,
    /// The maximum number of measured messages.
    #[arg(long)]
    pub messages: u64,
    /// The number of concurrent sends.
    #[arg(long, default_value_t = 1)]
    pub in_flight: usize,
    /// No send starts after this many seconds.
    #[arg(long, default_value_t = 60.0)]
    pub seconds: f64,
    /// Messages that are sent before the measurement, for at most one second.
    #[arg(long, default_value_t = 1000)]
    pub warm_up: u64,
}

pub fn send(options: &Options) -> Result<(), Failure> {
    let mut client = options.client.make(options)?;
    // Idle: the client has sent one message, so it has a token and a connection.
    sends(&mut *client, Work::new(1, 60.0))?;
    let idle = process::memory("VmRSS")?;
    sends(&mut *client, Work::new(options.warm_up, 1.0))?;

    let (began, cpu) = (Instant::now(), process::cpu()?);
    let messages = sends(&mut *client, Work::new(options.messages, options.seconds))?;
    let (wall, cpu) = (began.elapsed(), process::cpu()? - cpu);
    let line = json!({
        "version": client.version(),
        "messages": messages,
        "wall_s": wall.as_secs_f64(),
        "cpu_s": cpu.as_secs_f64(),
        "idle_kib": idle,
        "peak_kib": process::memory("VmHWM")?,
    });
    println!("{line}");
    Ok(())
}

fn sends(client: &mut dyn Client, work: Work) -> Result<u64, Failure> {
    let work = Arc::new(work);
    client.send_all(&work)?;
    Ok(work.taken())
}
