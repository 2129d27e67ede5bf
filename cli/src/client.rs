//! The client, from the options of every command and the environment.

use std::time::Duration;

use roomcast::{Client, ClientBuilder, Spelling};

use crate::args::Global;
use crate::environment::Environment;
use crate::outcome::Failure;
use crate::signals::Interrupt;

/// How the command line spells the names of arguments.
pub const SPELLING: Spelling = Spelling::Snake;

/// Begins a client.
pub fn builder(global: &Global, environment: &Environment) -> ClientBuilder {
    let mut builder = Client::builder()
        .language("cli", env!("CARGO_PKG_VERSION"), SPELLING)
        .environment(|name| environment.get(name));
    if let Some(base_url) = &global.base_url {
        builder = builder.base_url(base_url);
    }
    if let Some(ca_file) = &global.ca_file {
        builder = builder.ca_file(ca_file);
    }
    if let Some(timeout) = global.timeout {
        builder = builder.timeout(Duration::from_secs_f64(timeout));
    }
    if let Some(max_attempts) = global.max_attempts {
        builder = builder.max_attempts(max_attempts);
    }
    builder
}

/// A client whose blocking calls a signal cancels.
pub fn interruptible(global: &Global, interrupt: &Interrupt) -> Result<Client, Failure> {
    let environment = Environment::load(global)?;
    let interrupt = interrupt.clone();
    Ok(builder(global, &environment).interrupted(move || interrupt.has_come()).build()?)
}
