//! How programs start the sandbox: the line of JSON, its own certificate, and its end with theirs.

mod common;

use common::{ACCESS_KEY, SECRET, binary};
use roomcast::Client;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// The program, started with `--json`.
struct Started {
    child: Child,
    ready: Value,
    output: BufReader<ChildStdout>,
}

impl Started {
    fn with(more: &[&str]) -> Self {
        let mut command = binary();
        command.args(["--listen", "127.0.0.1:0", "--json", "--until-stdin-ends"]).args(more);
        Self::of(&mut command)
    }

    fn of(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        Self { child, ready: serde_json::from_str(&line).unwrap(), output }
    }

    fn text(&self, field: &str) -> &str {
        self.ready[field].as_str().unwrap()
    }

    /// Ends its standard input, and returns its exit code and what else it printed.
    fn end(mut self) -> (Option<i32>, String) {
        drop(self.child.stdin.take());
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

trait EndQuietly {
    fn end_quietly(self);
}

impl EndQuietly for Started {
    fn end_quietly(self) {
        assert_eq!(end(self), (Some(0), String::new()));
    }
}

fn end(mut started: Started) -> (Option<i32>, String) {
    drop(started.child.stdin.take());
    let mut rest = String::new();
    started.output.read_to_string(&mut rest).unwrap();
    (started.child.wait().unwrap().code(), rest)
}

#[test]
fn it_prints_one_line_of_json_and_ends_with_its_standard_input() {
    let sandbox = Started::with(&["--access-key", ACCESS_KEY, "--secret", SECRET]);
    let url = sandbox.text("url").to_owned();
    assert!(url.starts_with("http://127.0.0.1:") && !url.ends_with(":0"), "{url}");
    let expected = json!({
        "base_url": format!("{url}/v2"), "url": url, "access_key": ACCESS_KEY, "secret": SECRET, "ca_file": null,
    });
    assert_eq!(sandbox.ready, expected);
    sandbox.end_quietly();
}
