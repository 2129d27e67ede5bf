//! The command-line options.

use crate::options::{Options, Tls};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

/// A local stand-in for the 100ms API, with real peers.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    #[command(flatten)]
    pub keys: KeyArgs,
    #[command(flatten)]
    pub serve: ServeArgs,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The app's keys, which sign and verify tokens.
#[derive(Debug, Args)]
pub struct KeyArgs {
    /// The app's access key
    #[arg(long, global = true, env = "HMS_ACCESS_KEY", default_value = "sandbox-access-key")]
    pub access_key: String,
    /// The app's secret, which signs and verifies tokens
    #[arg(long, global = true, env = "HMS_SECRET", hide_env_values = true, default_value = "sandbox-secret")]
    pub secret: String,
}

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Address to listen on; port 0 takes any free port
    #[arg(long, default_value = "127.0.0.1:8100", value_name = "HOST:PORT")]
    pub listen: String,
    /// Allow an address that other machines can reach
    #[arg(long)]
    pub allow_non_loopback: bool,
    /// Let other machines use the control API under /sandbox; they can then read every message, and make the sandbox
    /// request any URL
    #[arg(long, requires = "allow_non_loopback")]
    pub allow_remote_control: bool,
    /// Serve the page at / even if other machines can reach it; anyone who can, sees every message and can send
    #[arg(long, conflicts_with = "no_page")]
    pub page: bool,
    /// Do not serve the page at /
    #[arg(long)]
    pub no_page: bool,
    /// Serve TLS with this certificate chain (PEM)
    #[arg(long, requires = "tls_key", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// The private key of --tls-cert (PEM)
    #[arg(long, requires = "tls_cert", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Serve TLS with a certificate that the sandbox makes, and print the ca_file with which clients trust it
    #[arg(long, conflicts_with = "tls_cert")]
    pub tls: bool,
    /// Another name or address of the sandbox for the certificate of --tls, such as that of its container; may be
    /// repeated
    #[arg(long, requires = "tls", value_name = "NAME")]
    pub tls_name: Vec<String>,
    /// Where --tls writes the ca_file (PEM), which is removed at the end; by default, with the system's temporary files
    #[arg(long, requires = "tls", value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Seconds that a peer stays in its room after its connection broke
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub drop_after_seconds: u64,
    /// Answer 429 to more than N requests to the server API a second, after a burst of N
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate_limit: Option<u32>,
    /// What happens to requests to the server API, to test clients: status=N, lost_answer, delay=MS, disconnect or
    /// rate_limit=N, then count=N, probability=P, seed=N, room_id=ROOM, such as status=500,count=3; may be repeated
    #[arg(long, value_name = "FAULT")]
    pub fault: Vec<String>,
    /// URL to post webhooks to: peers that join and leave, sessions that open and close
    #[arg(long, value_name = "URL")]
    pub webhook_url: Option<String>,
    /// A header of every webhook, with which its receiver can verify it, such as 'X-Key: some-secret'; may be repeated
    // A String, because clap prints a value that it fails to parse.
    #[arg(long, requires = "webhook_url", value_name = "HEADER")]
    pub webhook_header: Vec<String>,
    /// When it listens, print one line of JSON and nothing else: base_url, url, access_key, secret, ca_file
    #[arg(long)]
    pub json: bool,
    /// Stop when the standard input ends, as it does when the program that started the sandbox ends
    #[arg(long)]
    pub until_stdin_ends: bool,
    /// Write to stderr which peers join and leave
    #[arg(long)]
    pub verbose: bool,
}

impl ServeArgs {
    pub fn into_options(self, keys: KeyArgs) -> Options {
        Options {
            listen: self.listen,
            allow_non_loopback: self.allow_non_loopback,
            allow_remote_control: self.allow_remote_control,
            access_key: keys.access_key,
            secret: keys.secret,
            page: match (self.page, self.no_page) {
                (false, false) => None,
                (page, _) => Some(page),
            },
            tls: match (self.tls, self.tls_cert, self.tls_key) {
                (true, ..) => Tls::Own { names: self.tls_name, ca_file: self.ca_file },
                (_, Some(cert), Some(key)) => Tls::Files { cert, key },
                _ => Tls::Off,
            },
            drop_after: Duration::from_secs(self.drop_after_seconds),
            rate_limit: self.rate_limit,
            faults: self.fault,
            webhook_url: self.webhook_url,
            webhook_headers: self.webhook_header,
            verbose: self.verbose,
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print a token signed with the access key and the secret
    #[command(subcommand)]
    Token(TokenCommand),
}

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// A management token, for a backend
    Management {
        #[command(flatten)]
        lifetime: Lifetime,
    },
    /// A peer token, with which a peer joins a room
    Peer {
        /// The room that the peer joins
        #[arg(long)]
        room_id: String,
        /// The peer's role
        #[arg(long)]
        role: String,
        /// The id of the peer's user
        #[arg(long)]
        user_id: String,
        #[command(flatten)]
        lifetime: Lifetime,
    },
}

#[derive(Debug, Args)]
pub struct Lifetime {
    /// Lifetime in seconds; a negative number makes an expired token
    #[arg(long, default_value_t = 86_400, allow_negative_numbers = true, value_name = "N")]
    pub ttl_seconds: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
