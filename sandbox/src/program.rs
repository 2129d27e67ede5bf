//! The program `roomcast-sandbox`.

use crate::args::{Cli, Command, KeyArgs, TokenCommand};
use crate::server::{Server, startup, stop};
use crate::tokens::{AppKeys, PeerToken};
use chrono::TimeDelta;
use clap::Parser;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the program with these arguments, the first of which is its name. It serves until SIGINT or SIGTERM.
///
/// Returns 0 if it was stopped or did what it was asked for, 1 if it could not, and 2 if the arguments are wrong.
pub fn run(args: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let result = check(&cli.keys).and_then(|()| match cli.command {
        Some(Command::Token(token)) => print_token(cli.keys, token),
        None => tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| format!("cannot start: {error}"))?
            .block_on(serve(cli)),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("roomcast-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(cli: Cli) -> Result<(), String> {
    let (json, until_stdin_ends) = (cli.serve.json, cli.serve.until_stdin_ends);
    // Handles signals from before the first line of output, so that none is missed.
    let signal = stop::signal()?;
    let server = Server::bind(cli.serve.into_options(cli.keys)).await?;
    if json {
        startup::print_json(server.ready());
    } else {
        startup::print(server.ready());
    }
    let stopping = async move {
        if until_stdin_ends {
            tokio::select! {
                () = signal => {}
                () = stop::end_of_stdin() => {}
            }
        } else {
            signal.await;
        }
    };
    server.serve(stopping).await
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
