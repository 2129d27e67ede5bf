//! `roomcast mcp`: the Model Context Protocol on stdin and stdout. A model names rooms and recipients itself, so what it may reach is
//! set when the program is started, and every argument is held to the core's rules.

mod server;
mod tools;

use rmcp::ServiceExt;

use crate::args::{Global, McpArgs};
use crate::client;
use crate::environment::Environment;
use crate::outcome::{Exit, Failure};
use crate::signals::Signals;

use server::Server;
use tools::Permissions;

pub fn run(global: &Global, args: &McpArgs) -> Result<Exit, Failure> {
    let permissions = Permissions::new(&args.allow_room, args.allow_broadcast)?;
    let environment = Environment::load(global)?;
    let client = client::builder(global, &environment).build()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Local(format!("cannot start: {error}")))?;
    let result = runtime.block_on(async {
        let mut signals = Signals::new().map_err(|error| Failure::Local(error.to_string()))?;
        let serving = async {
            let server = Server::new(client, permissions);
            let running = server.serve(rmcp::transport::stdio()).await.map_err(|error| error.to_string())?;
            running.waiting().await.map_err(|error| error.to_string())
        };
        tokio::select! {
            ended = serving => match ended {
                Ok(_) => Ok(Exit::Accepted),
                Err(error) => Err(Failure::Local(format!("the session ended: {error}"))),
            },
            () = signals.next() => Ok(Exit::Accepted),
        }
    });
    // A thread may still wait for stdin.
    runtime.shutdown_background();
    result
}
