//! How programs start the sandbox: the line of JSON, its own certificate, and its end with theirs.

mod common;

use common::{ACCESS_KEY, ROOM, SECRET, binary};
use roomcast::{Client, ClientBuilder};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};

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
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
        Self { child, ready, output }
    }

    fn text(&self, field: &str) -> &str {
        self.ready[field].as_str().unwrap()
    }

    fn client(&self) -> ClientBuilder {
        Client::builder()
            .base_url(self.text("base_url"))
            .access_key(self.text("access_key"))
            .secret(self.text("secret"))
    }

    /// Ends its standard input, and returns its exit code and what else it printed.
    fn end(&mut self) -> (Option<i32>, String) {
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

#[test]
fn it_prints_one_line_of_json_and_ends_with_its_standard_input() {
    let mut sandbox = Started::with(&["--access-key", ACCESS_KEY, "--secret", SECRET]);
    let url = sandbox.text("url").to_owned();
    assert!(url.starts_with("http://127.0.0.1:") && !url.ends_with(":0"), "{url}");
    let expected = json!({
        "base_url": format!("{url}/v2"), "url": url, "access_key": ACCESS_KEY, "secret": SECRET, "ca_file": null,
    });
    assert_eq!(sandbox.ready, expected);
    assert!(sandbox.child.try_wait().unwrap().is_none());
    assert_eq!(sandbox.end(), (Some(0), String::new()));
}

#[test]
fn a_client_trusts_its_certificate_with_the_ca_file() {
    let mut sandbox = Started::with(&["--tls", "--tls-name", "sandbox.test"]);
    assert!(sandbox.text("base_url").starts_with("https://127.0.0.1:"));
    let ca_file = sandbox.text("ca_file").to_owned();
    let trusting = sandbox.client().ca_file(&ca_file).build().unwrap();
    // It answers, so TLS is done: no peer is in the room.
    let error = trusting.broadcast(ROOM, "hi").unwrap_err();
    assert_eq!(error.status(), Some(404), "{error}");
    let by_name = sandbox.text("base_url").replace("127.0.0.1", "localhost");
    let error = sandbox.client().base_url(by_name).ca_file(&ca_file).build().unwrap().broadcast(ROOM, "hi");
    assert_eq!(error.unwrap_err().status(), Some(404));
    let without = sandbox.client().max_attempts(1).build().unwrap().broadcast(ROOM, "hi").unwrap_err();
    assert!(without.status().is_none() && without.to_string().contains("ertificate"), "{without}");
    let pem = std::fs::read_to_string(&ca_file).unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----") && !pem.contains("PRIVATE"), "{pem}");
    assert_eq!(sandbox.end().0, Some(0));
    assert!(!Path::new(&ca_file).exists());
}

#[test]
fn the_ca_file_can_be_given_a_place() {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("given-ca.pem");
    let mut sandbox = Started::with(&["--tls", "--ca-file", place.to_str().unwrap()]);
    assert_eq!(Path::new(sandbox.text("ca_file")), place.canonicalize().unwrap());
    assert_eq!(sandbox.end().0, Some(0));
    assert!(!place.exists());
    for (args, why) in [
        (["--tls", "--ca-file", "no/such/folder/ca.pem"], "no/such/folder/ca.pem"),
        (["--tls", "--tls-name", "ä"], "cannot make a certificate"),
        (["--fault", "late", "--json"], "--fault late: kind: it must be"),
    ] {
        let output = binary().args(args).args(["--listen", "127.0.0.1:0"]).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && error.contains(why), "{error}");
    }
}
