//! A local stand-in for the 100ms API, with real peers.

#![forbid(unsafe_code)]

mod api;
mod app;
mod args;
mod page;
mod rooms;
mod server;
mod signalling;
mod tls;
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
    let done = match check(&cli.keys) {
        Err(error) => Err(error),
        Ok(()) => match cli.command {
            None => server::run(cli.keys, cli.serve).await,
            Some(Command::Token(token)) => print_token(cli.keys, token),
        },
    };
    match done {
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
        TokenCommand::Management { lifetime } => keys.mint_management(ttl(lifetime.ttl_seconds)?)?,
        TokenCommand::Peer { room_id, role, user_id, lifetime } => {
            let peer = PeerToken { room_id, role, user_id };
            keys.mint_peer(&peer, ttl(lifetime.ttl_seconds)?)?
        }
    };
    println!("{token}");
    Ok(())
}
