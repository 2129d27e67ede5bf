//! `roomcast listen`: the sandbox's webhooks, shown and forwarded.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use roomcast_sandbox::Options;
use serde_json::Value;

use crate::common::{HANG, Rooms, bare, ended, run};

/// The program, listening; and its URL.
fn listen(arguments: &[&str]) -> (Child, BufReader<ChildStdout>, String) {
    let mut command = bare(&[&["listen", "--listen", "127.0.0.1:0", "--json"], arguments].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
    (child, stdout, ready["listening"].as_str().unwrap().to_owned())
}

fn next(stdout: &mut impl BufRead) -> Value {
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap()
}

/// An app that answers each request with a status, and passes on what it received.
fn app(status: u16) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/webhooks", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut head, mut length) = (String::new(), 0);
            while !head.ends_with("\r\n\r\n") {
                let start = head.len();
                if stream.read_line(&mut head).unwrap() == 0 {
                    break;
                }
                if let Some(value) = head[start..].to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
            sender.send(head + &String::from_utf8(body).unwrap()).unwrap();
        }
    });
    (url, receiver)
}

fn sandbox(webhook_url: String) -> Rooms {
    let webhook_headers = vec!["X-Key: webhook-secret".to_owned()];
    Rooms::with(Options { webhook_url: Some(webhook_url), webhook_headers, ..Options::default() })
}

#[test]
fn webhooks_are_shown_and_forwarded_as_they_came() {
    let (app, received) = app(201);
    let (child, mut stdout, url) = listen(&["--forward", &app, "--count", "3"]);
    let _rooms = sandbox(url);
    let shown: Vec<Value> = (0..3).map(|_| next(&mut stdout)).collect();
    let kinds: Vec<_> = shown.iter().map(|line| line["webhook"]["type"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"peer.join.success") && kinds.contains(&"session.open.success"), "{kinds:?}");
    assert!(shown.iter().all(|line| line["forwarded"]["status"] == 201), "{shown:?}");
    let request = received.recv_timeout(HANG).unwrap();
    assert!(request.starts_with("POST /webhooks HTTP/1.1\r\n"), "{request}");
    let has_header = |name: &str| request.lines().any(|line| line.eq_ignore_ascii_case(name));
    assert!(has_header("x-key: webhook-secret") && has_header("content-type: application/json"), "{request}");
    let body: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert!(shown.iter().any(|line| line["webhook"] == body));
    let ended = ended(child).with_code(0);
    assert!(!ended.stderr.contains("webhook-secret"));
    assert!(!shown.iter().any(|line| line.to_string().contains("webhook-secret")), "the header is a secret");
}

#[test]
fn the_sandbox_gets_the_apps_answer() {
    // 500: the sandbox will retry, as 100ms does.
    let (failing, _received) = app(500);
    let (mut child, _stdout, url) = listen(&["--forward", &failing]);
    assert_eq!(post(&url, None), 500);
    // A page in a browser reaches nothing through it.
    assert_eq!(post(&url, Some("http://evil.example")), 403);
    child.kill().unwrap();
    child.wait().unwrap();
    // Nobody is there.
    let (mut child, mut stdout, url) = listen(&["--forward", "http://127.0.0.1:1/"]);
    assert_eq!(post(&url, None), 502);
    assert!(next(&mut stdout)["forwarded"]["error"].as_str().unwrap().contains("not forwarded"));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Posts a webhook, and returns the status.
fn post(url: &str, origin: Option<&str>) -> u16 {
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let origin = origin.map_or(String::new(), |origin| format!("Origin: {origin}\r\n"));
    let body = r#"{"type":"x"}"#;
    let length = body.len();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\n{origin}Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn for_people_and_only_on_this_machine() {
    let mut command = bare(&["listen", "--listen", "127.0.0.1:0", "--count", "1"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("receiving webhooks at ").unwrap().to_owned();
    let _rooms = sandbox(url);
    let mut text = String::new();
    stdout.read_to_string(&mut text).unwrap();
    assert!(text.contains("1  ") && text.contains("\"room_id\": \"demo\""), "{text}");
    ended(child).with_code(0);
    for wrong in [
        &["--listen", "0.0.0.0:0"][..],
        &["--listen", "nonsense"],
        &["--forward", "http://example.com/"],
        &["--forward", "ftp://127.0.0.1/"],
        &["--sandbox", "http://example.com"],
    ] {
        run(bare(&[&["listen"], wrong].concat())).with_code(2);
    }
    run(bare(&["listen", "--listen", "127.0.0.1:0", "--sandbox", "http://127.0.0.1:1"])).with_code(1);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it() {
    let (child, _stdout, _url) = listen(&[]);
    crate::many::signal(&child, "INT");
    ended(child).with_code(0);
}
