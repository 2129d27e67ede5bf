//! The Rust programs of `make bench`: the static server, and one process for each measured client.

mod certificate;
mod clients;
mod idle;
mod message;
mod process;
mod send;
mod serve;
mod work;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Any failure ends the process: a measurement with failed sends is invalid.
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Parser)]
enum Command {
    /// Serves one fixed response on a free port of 127.0.0.1, and prints its URL.
    Serve(serve::Options),
    /// Sends messages with one client, and prints the cost as one line of JSON.
    Send(send::Options),
    /// Prints the cost of idle clients.
    Idle(idle::Options),
    /// Creates a certificate authority and a certificate for 127.0.0.1: ca.pem, cert.pem and key.pem.
    Certificate { directory: PathBuf },
}

fn main() -> ExitCode {
    // ureq and reqwest use the process's default provider.
    let installed = rustls::crypto::ring::default_provider().install_default();
    installed.expect("no other provider is installed");
    let result = match Command::parse() {
        Command::Serve(options) => serve::serve(&options),
        Command::Send(options) => send::send(&options),
        Command::Idle(options) => idle::idle(&options),
        Command::Certificate { directory } => certificate::make(&directory),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("roomcast-bench: {error}");
            ExitCode::FAILURE
        }
    }
}
