//! Tokens, completions, man pages, help, and the sandbox as a command.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::common::{Folder, Rooms, at, bare, ended, run};

#[test]
fn tokens_that_the_sandbox_accepts() {
    let rooms = Rooms::new();
    let token = rooms.run(&["token", "management"]).with_code(0).stdout;
    let mut command = bare(&["peers", "demo"]);
    command.env("HMS_BASE_URL", rooms.sandbox.base_url()).env("HMS_MANAGEMENT_TOKEN", token.trim());
    run(command).with_code(0);
    let peer = ["token", "peer", "demo", "--user", "dan", "--role", "guest"];
    let peer_token =
        &rooms.run(&[&peer[..], &["--json", "--valid-for", "60"]].concat()).with_code(0).json()[0];
    assert!(peer_token["expires_at"].is_string());
    // A peer token is for joining, not for the API.
    let mut command = bare(&["peers", "demo"]);
    command.env("HMS_BASE_URL", rooms.sandbox.base_url());
    command.env("HMS_MANAGEMENT_TOKEN", peer_token["token"].as_str().unwrap());
    run(command).with_code(1);
    run(bare(&["token", "management"])).with_code(1);
    rooms.run(&["token", "peer", "demo", "--user", "", "--role", "guest"]).with_code(2);
    rooms.run(&["token", "peer", "demo", "--role", "guest"]).with_code(2);
    rooms.run(&["token", "management", "--valid-for", "0"]).with_code(2);
}

#[test]
fn completions_for_each_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(bare(&["completions", shell])).with_code(0).stdout;
        assert!(script.contains("send-many") && script.contains("everyone"), "{shell}");
    }
    run(bare(&["completions", "cmd"])).with_code(2);
    run(bare(&["completions"])).with_code(2);
}

#[test]
fn man_pages() {
    let page = run(bare(&["man"])).with_code(0).stdout;
    assert!(page.contains(".TH roomcast 1") && page.contains("Exit codes"), "{page}");
    let folder = Folder::new();
    run(bare(&["man", "--out", &folder.argument("man1")])).with_code(0);
    assert!(folder.read("man1/roomcast-send-many.1").contains("resume"));
    run(bare(&["man", "--out", "/dev/null/x"])).with_code(2);
}

#[test]
fn help_says_what_each_command_does() {
    let help = run(bare(&["--help"])).with_code(0).stdout;
    for command in
        ["send", "send-many", "peers", "token", "sandbox", "listen", "doctor", "mcp", "completions", "man"]
    {
        assert!(help.contains(&format!("\n  {command}")), "{command}: {help}");
        run(bare(&[command, "--help"])).with_code(0);
    }
    run(bare(&[])).with_code(2);
    run(bare(&["sing"])).with_code(2);
    let version = run(bare(&["--version"])).with_code(0).stdout;
    assert_eq!(version, format!("roomcast {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_sandbox_is_a_command() {
    let options = ["sandbox", "--listen", "127.0.0.1:0", "--json", "--until-stdin-ends"];
    let mut command = bare(&options);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let base_url = ready["base_url"].as_str().unwrap();
    run(at(base_url, &["peers", "demo"])).with_code(1);
    drop(child.stdin.take());
    assert_eq!(ended(child).with_code(0).stderr, "");
    run(bare(&["sandbox", "--nonsense"])).with_code(2);
    run(bare(&["--json", "sandbox", "--nonsense"])).with_code(2);
}

#[test]
fn a_secret_as_an_argument_is_warned_of() {
    let warned = run(bare(&["sandbox", "--secret", "s3cret", "--listen", "nonsense"])).with_code(1).stderr;
    assert!(warned.contains("--secret: other users of this machine see it in `ps`"), "{warned}");
    assert!(!warned.contains("s3cret"), "{warned}");
    let header = run(bare(&["sandbox", "--webhook-header=X-Key: s3cret", "--nonsense"])).with_code(2).stderr;
    assert!(header.contains("--webhook-header: other users"), "{header}");
    let none = run(bare(&["sandbox", "--listen", "nonsense"])).with_code(1).stderr;
    assert!(!none.contains("`ps`"), "{none}");
}
