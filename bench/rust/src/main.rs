//! What `make bench` runs of Rust: the static server, and one process for each client that is measured.

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

/// Whatever went wrong ends the process: a measurement with a failure in it is none.
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Parser)]
enum Command {
    /// Serves one fixed answer on a free port of 127.0.0.1, whose URL it prints, until it is ended.
    Serve(serve::Options),
    /// Sends messages with one client, and prints what that cost as one line of JSON.
    Send(send::Options),
    /// Prints what clients cost that do nothing.
    Idle(idle::Options),
    /// Makes an authority and a certificate for 127.0.0.1: ca.pem, cert.pem and key.pem.
    Certificate { directory: PathBuf },
}

fn main() -> ExitCode {
    // ureq and reqwest look for the process's own.
    let installed = rustls::crypto::ring::default_provider().install_default();
    installed.expect("nobody else installs one");
    let done = match Command::parse() {
        Command::Serve(options) => serve::serve(&options),
        Command::Send(options) => send::send(&options),
        Command::Idle(options) => idle::idle(&options),
        Command::Certificate { directory } => certificate::make(&directory),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("roomcast-bench: {error}");
            ExitCode::FAILURE
        }
    }
}
