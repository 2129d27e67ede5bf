//! Generates include/roomcast.h from the source.
//!
//! `cargo run -p roomcast-c --example header` writes it; with `-- --check` it compares only, and fails on a difference.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = here.join("include/roomcast.h");
    let mut config = cbindgen::Config::from_file(here.join("cbindgen.toml")).expect("cbindgen.toml is valid");
    // The version has one source: Cargo.toml.
    let text = config.after_includes.take().unwrap_or_default();
    let text = text
        .replace("@VERSION@", env!("CARGO_PKG_VERSION"))
        .replace("@MAJOR@", env!("CARGO_PKG_VERSION_MAJOR"))
        .replace("@MINOR@", env!("CARGO_PKG_VERSION_MINOR"))
        .replace("@PATCH@", env!("CARGO_PKG_VERSION_PATCH"));
    config.after_includes = Some(text);
    let bindings = cbindgen::Builder::new().with_crate(here).with_config(config).generate();
    let mut header = Vec::new();
    bindings.expect("the source is valid").write(&mut header);
    // C89 and C++98 allow no comma after the last enumerator.
    let header = String::from_utf8(header).expect("the source is UTF-8").replace(",\n}", "\n}").into_bytes();

    if !std::env::args().any(|argument| argument == "--check") {
        std::fs::write(&path, header).expect("the header can be written");
    } else if std::fs::read(&path).ok().as_ref() != Some(&header) {
        eprintln!("include/roomcast.h differs from what the source generates.");
        eprintln!("Write it again: cargo run -p roomcast-c --example header");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
