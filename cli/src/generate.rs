//! `roomcast completions` and `roomcast man`: from the description of the command line.

use std::io;
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::outcome::{Exit, Failure};
use crate::output::Output;

pub fn completions(shell: Shell, output: &mut Output) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "roomcast", &mut text);
    output.bytes(&text);
    Ok(Exit::Accepted)
}

pub fn man(folder: Option<&Path>, output: &mut Output) -> Result<Exit, Failure> {
    match folder {
        Some(folder) => std::fs::create_dir_all(folder)
            .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
            .map_err(|error| Failure::Usage(format!("--out {}: {error}", folder.display())))?,
        None => {
            let page = page().map_err(|error| Failure::Local(error.to_string()))?;
            output.bytes(&page);
        }
    }
    Ok(Exit::Accepted)
}

fn page() -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    Ok(page)
}
