//! `roomcast`: sends messages into live 100ms rooms from the command line. The rules are the core's; what is here reads arguments
//! and files, and shows results.

#![forbid(unsafe_code)]

mod args;
mod client;
mod doctor;
mod environment;
mod generate;
mod listen;
mod mcp;
mod outcome;
mod output;
mod peers;
mod sandbox;
mod send;
mod send_many;
mod signals;
mod token;

use std::process::ExitCode;

use clap::Parser;
use serde_json::Value;

use args::{Cli, Command};
use outcome::{Exit, Failure};
use output::Output;

fn main() -> ExitCode {
    // It has a command line of its own, whose options may be called as the others' are.
    if let Some(options) = sandbox::options(std::env::args_os()) {
        return sandbox::run(options);
    }
    let cli = Cli::parse();
    if let Command::Sandbox { options } = &cli.command {
        return sandbox::run(options.clone());
    }
    let mut output = Output::new();
    let exit = run(&cli, &mut output).unwrap_or_else(|failure| {
        output::warn(&failure.text());
        if cli.global.json {
            output.line(Value::Object(failure.to_json()).to_string());
        }
        failure.exit()
    });
    // The caller expects to find the result there.
    let exit = if output.failed() { exit.max(Exit::NotSent) } else { exit };
    exit.into()
}

fn run(cli: &Cli, output: &mut Output) -> Result<Exit, Failure> {
    let global = &cli.global;
    match &cli.command {
        Command::Send(args) => send::run(global, args, output),
        Command::SendMany(args) => send_many::run(global, args, output),
        Command::Peers(args) => peers::run(global, args, output),
        Command::Token { token } => token::run(global, token, output),
        Command::Sandbox { .. } => unreachable!("it was run before"),
        Command::Listen(args) => listen::run(global, args, output),
        Command::Doctor(args) => doctor::run(global, args, output),
        Command::Mcp(args) => mcp::run(global, args),
        Command::Completions { shell } => generate::completions(*shell, output),
        Command::Man { out } => generate::man(out.as_deref(), output),
    }
}
