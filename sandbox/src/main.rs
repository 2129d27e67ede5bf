//! A local stand-in for the 100ms API, with real peers.
//!
//! The modules form layers. Each imports only from modules below it in this list:
//!
//! | module | what it does |
//! |---|---|
//! | `main` | parses the command line, then runs the server or prints a token |
//! | [`server`] | listens (TCP or TLS), prints the address, serves, shuts down |
//! | [`args`] | the command-line options |
//! | [`page`] | the page at `/`: its files, its event stream, its requests, who may use it |
//! | [`control`] | the control API under `/sandbox`, for tests: simulated peers, faults |
//! | [`signalling`] | how peers join: `GET /init` and the WebSocket at `/ws` |
//! | [`api`] | the server API under `/v2` |
//! | [`state`] | the state that all request handlers share |
//! | [`faults`] | what happens to requests to the server API although they are right, to test clients |
//! | [`fields`] | reads the fields of bodies, queries and options strictly |
//! | [`http`] | what all endpoints share: error responses, Bearer tokens, request bodies, connections, host names |
//! | [`webhooks`] | posts room events to a URL, with retries |
//! | [`rooms`] | the rooms, the peers in them and their outgoing queues, in memory |
//! | [`frames`] | the JSON frames that peers are sent |
//! | [`model`] | plain data: peers, sessions, audiences, room events |
//! | [`tokens`] | signs and verifies management and peer tokens |
//!
//! Within a folder, `mod.rs` imports from the other files and never the other way round.

#![forbid(unsafe_code)]

mod api;
mod args;
mod control;
mod faults;
mod fields;
mod frames;
mod http;
mod model;
mod page;
mod rooms;
mod server;
mod signalling;
mod state;
mod tokens;
mod webhooks;

use args::{Cli, Command, KeyArgs, TokenCommand};
use chrono::TimeDelta;
use clap::Parser;
use std::process::ExitCode;
use tokens::{AppKeys, PeerToken};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match check(&cli.keys) {
        Err(error) => Err(error),
        Ok(()) => match cli.command {
            None => server::run(cli.keys, cli.serve).await,
            Some(Command::Token(token)) => print_token(cli.keys, token),
        },
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("roomcast-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

fn check(keys: &KeyArgs) -> Result<(), String> {
    if keys.access_key.is_empty() || keys.secret.is_empty() {
        return Err("the access key and the secret must not be empty".to_owned());
    }
    Ok(())
}

fn print_token(keys: KeyArgs, command: TokenCommand) -> Result<(), String> {
    let keys = AppKeys::new(keys.access_key, &keys.secret);
    let ttl =
        |seconds: i64| TimeDelta::try_seconds(seconds).ok_or_else(|| "--ttl-seconds is too large".to_owned());
    let token = match command {
        TokenCommand::Management { lifetime } => keys.sign_management(ttl(lifetime.ttl_seconds)?)?,
        TokenCommand::Peer { room_id, role, user_id, lifetime } => {
            let peer = PeerToken { room_id, role, user_id };
            keys.sign_peer(&peer, ttl(lifetime.ttl_seconds)?)?
        }
    };
    println!("{token}");
    Ok(())
}
