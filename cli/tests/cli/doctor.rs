//! `roomcast doctor`: what is wrong, and what to do.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use roomcast_sandbox::{Options, Tls};
use serde_json::Value;

use crate::common::{Ended, Rooms, at, bare, run};

fn check<'a>(checks: &'a [Value], name: &str, status: &str) -> &'a Value {
    let found = checks.iter().find(|check| check["check"] == name && check["status"] == status);
    found.unwrap_or_else(|| panic!("no {status} {name}: {checks:#?}"))
}

fn failed(ended: Ended, name: &str, found: &str, advice: &str) {
    let checks = ended.with_code(1).json();
    let failed = check(&checks, name, "FAILED");
    assert!(failed["found"].as_str().unwrap().contains(found), "{failed}");
    assert!(failed["advice"].as_str().unwrap().contains(advice), "{failed}");
}

#[test]
fn all_is_well() {
    let rooms = Rooms::new();
    let checks = rooms.run(&["doctor", "--json"]).with_code(0).json();
    for name in ["environment", "client", "base URL", "DNS", "TCP", "credentials"] {
        check(&checks, name, "ok");
    }
    let text = rooms.run(&["doctor", "--room", "demo"]).with_code(0).stdout;
    assert!(text.contains("ok      credentials: the server accepts them\n"), "{text}");
    assert!(!text.contains("sandbox-secret") && text.contains("HMS_SECRET"), "{text}");
}

#[test]
fn tls_with_an_authority_of_its_own() {
    let rooms = Rooms::with(Options { tls: Tls::Own { names: vec![], ca_file: None }, ..Options::default() });
    let ca_file = rooms.sandbox.ca_file().unwrap().to_str().unwrap().to_owned();
    let checks = rooms.run(&["doctor", "--json", "--ca-file", &ca_file]).with_code(0).json();
    check(&checks, "TLS", "ok");
    failed(rooms.run(&["doctor", "--json"]), "TLS", "UnknownIssuer", "--ca-file");
    // Plain http, where TLS is spoken, and the reverse.
    let plain = rooms.sandbox.base_url().replace("https://", "http://");
    assert_eq!(run(at(&plain, &["doctor", "--json"])).code, 1);
    let other = Rooms::new();
    let tls = other.sandbox.base_url().replace("http://", "https://");
    failed(run(at(&tls, &["doctor", "--json"])), "TLS", "", "http://");
}

#[test]
fn the_environment() {
    let rooms = Rooms::new();
    let with = |variables: &[(&str, &str)]| {
        let mut command = bare(&["doctor", "--json"]);
        command.env("HMS_BASE_URL", rooms.sandbox.base_url()).envs(variables.iter().copied());
        run(command)
    };
    failed(with(&[]), "environment", "no credentials", "Set HMS_ACCESS_KEY and HMS_SECRET");
    failed(with(&[("HMS_SECRET", "x")]), "environment", "only one", "Set both");
    let pasted = with(&[("HMS_ACCESS_KEY", "sandbox-access-key"), ("HMS_SECRET", "sandbox-secret\n")]);
    assert!(!pasted.stdout.contains("sandbox-secret"), "{}", pasted.stdout);
    failed(pasted, "environment", "HMS_SECRET begins or ends with white space", "Set it without");
    let wrong = [("HMS_ACCESS_KEY", "sandbox-access-key"), ("HMS_SECRET", "another")];
    failed(with(&wrong), "credentials", "401", "Copy the access key and the secret anew");
    failed(with(&[("HMS_MANAGEMENT_TOKEN", "nonsense")]), "credentials", "401", "expired");
}

#[test]
fn the_network() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    failed(run(at(&format!("http://{free}/v2"), &["doctor", "--json"])), "TCP", "refused", "start it");
    failed(
        run(at("https://no-such-host.invalid/v2", &["doctor", "--json"])),
        "DNS",
        "does not resolve",
        "Check the host",
    );
    failed(run(at("api.100ms.live", &["doctor", "--json"])), "base URL", "", "https://api.100ms.live/v2");
    failed(
        run(at("http://192.0.2.1/v2", &["doctor", "--json", "--base-url", "http://example.invalid/v2"])),
        "client",
        "https",
        "Correct",
    );
}

#[test]
fn a_clock_that_is_ahead() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}/v2", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let answer = "HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    failed(run(at(&base_url, &["doctor", "--json"])), "clock", "ahead", "time server");
}
