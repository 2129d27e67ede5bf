//! One measurement of one client.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use serde_json::json;

use crate::Failure;
use crate::clients::{Client, Kind};
use crate::process;
use crate::work::Work;

/// The same for the programs in C, Python and Node.
#[derive(clap::Args)]
pub struct Options {
    #[arg(long)]
    pub client: Kind,
    /// The API's base URL.
    #[arg(long)]
    pub url: String,
    /// An authority to trust.
    #[arg(long)]
    pub ca_file: Option<PathBuf>,
    /// How many messages are measured, if the time suffices.
    #[arg(long)]
    pub messages: u64,
    /// How many sends are under way at once.
    #[arg(long, default_value_t = 1)]
    pub in_flight: usize,
    /// No message is begun after so many seconds.
    #[arg(long, default_value_t = 60.0)]
    pub seconds: f64,
    /// Messages that are sent first and not measured, for at most a second.
    #[arg(long, default_value_t = 1000)]
    pub warm_up: u64,
}

pub fn send(options: &Options) -> Result<(), Failure> {
    let mut client = options.client.make(options)?;
    // Idle is a client that has sent: its token is minted, and it has a connection.
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
