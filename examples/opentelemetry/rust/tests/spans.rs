//! Runs the example against a server with faults: a span for each operation, one below it for each request that the server saw,
//! and nothing in them that is not for the eyes of who reads traces.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the server does with each request of a room, one after the other.
const FAULTS: [(&str, &[&str]); 6] = [
    ("fine", &["200"]),
    ("limited", &["429", "429", "200"]),
    ("absent", &["404"]),
    ("broken", &["500"]),
    ("reset", &["close"]),
    ("odd", &["nonsense"]),
];

#[test]
fn attempts_are_as_many_as_requests() {
    let (port, requests) = serve();
    let output = Command::new(env!("CARGO_BIN_EXE_roomcast-opentelemetry-example"))
        .args(FAULTS.map(|(room, _)| room))
        .env("HMS_BASE_URL", format!("http://127.0.0.1:{port}"))
        .env("HMS_MANAGEMENT_TOKEN", "the-secret-token")
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}");
    let spans: Vec<Vec<&str>> = printed.lines().map(|line| line.split(' ').collect()).collect();
    let named = |name: &str| spans.iter().filter(|span| span[2] == name).collect::<Vec<_>>();

    let operations = named("send_message");
    assert_eq!(operations.len(), FAULTS.len(), "{printed}");
    assert_eq!(named("POST").len(), requests.load(Ordering::Relaxed), "{printed}");
    for (room, faults) in FAULTS {
        let room = format!("room_id={room}");
        let operation = operations.iter().find(|span| span.contains(&room.as_str())).expect("a span");
        let attempts = spans.iter().filter(|span| span[1] == operation[0] && span[2] == "POST").count();
        assert_eq!(attempts, faults.len(), "{room}\n{printed}");
        assert!(operation.contains(&format!("attempts={attempts}").as_str()), "{printed}");
        // It belongs to the program's own span.
        assert!(spans.iter().any(|span| span[0] == operation[1] && span[2] == "request"), "{printed}");
    }
    for secret in ["class is off", "the-secret-token"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

/// A server, and how many requests it has read.
fn serve() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let requests = Arc::new(AtomicUsize::new(0));
    let (counted, seen) = (requests.clone(), Arc::new(Mutex::new(HashMap::new())));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (counted, seen) = (counted.clone(), seen.clone());
            thread::spawn(move || answer(stream.unwrap(), &counted, &seen));
        }
    });
    (port, requests)
}

fn answer(mut stream: TcpStream, requests: &AtomicUsize, seen: &Mutex<HashMap<String, usize>>) {
    let mut request = [0; 4096];
    // A request of this length is one write.
    while let Ok(length @ 1..) = stream.read(&mut request) {
        requests.fetch_add(1, Ordering::Relaxed);
        let head = String::from_utf8_lossy(&request[..length]);
        let room = head.split("/active-rooms/").nth(1).and_then(|rest| rest.split('/').next()).unwrap();
        let (_, faults) = FAULTS.into_iter().find(|(name, _)| *name == room).expect("a room of the test");
        let number = {
            let mut seen = seen.lock().unwrap();
            let number = seen.entry(room.to_owned()).or_insert(0);
            *number += 1;
            *number
        };
        let response = match faults[number - 1] {
            "close" => return,
            "nonsense" => "nonsense\r\n\r\n".to_owned(),
            status => {
                let body = r#"{"message":"message sent"}"#;
                let length = body.len();
                format!("HTTP/1.1 {status} Status\r\nContent-Length: {length}\r\n\r\n{body}")
            }
        };
        stream.write_all(response.as_bytes()).unwrap();
    }
}
