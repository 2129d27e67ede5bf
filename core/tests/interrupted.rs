//! Sends that a signal cancels, in waits that signals do not interrupt. The other waits are tested in Python, which can
//! raise signals.

mod common;

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use common::{HANG, Server, ok};
use roomcast::{Client, ClientBuilder, ErrorKind, Outcome};

/// A caller that cancels when it is asked for the third time. No signal comes, as if each had come just before the system
/// call that waits: then no system call is interrupted.
fn asked_thrice(builder: ClientBuilder) -> Client {
    let asked = AtomicU32::new(0);
    builder.interrupted(move || asked.fetch_add(1, Ordering::Relaxed) == 2).build().unwrap()
}

fn cancelled(client: &Client, message: &str) -> Outcome {
    let error = client.broadcast("room", message).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Cancelled, 1), "{error}");
    error.outcome()
}

#[test]
fn a_signal_just_before_the_wait_for_the_response_is_noticed() {
    let server = Server::start(|_, _| true);
    assert_eq!(cancelled(&asked_thrice(server.client()), "hi"), Outcome::Unknown);
}

#[test]
fn a_signal_just_before_a_write_that_blocks_is_noticed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // As on a real network: over loopback's segments of 64 KiB, the client's buffer takes the longest message.
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(&listener).set_tcp_mss(1400).unwrap();
    let base_url = format!("http://{}/v2", listener.local_addr().unwrap());
    let builder = Client::builder().access_key("key").secret("secret").base_url(base_url).timeout(HANG);
    // More than the sockets' buffers hold.
    assert_eq!(cancelled(&asked_thrice(builder), &"x".repeat(roomcast::MAX_MESSAGE)), Outcome::Unknown);
}

#[test]
fn a_signal_just_before_a_wait_of_the_tls_handshake_is_noticed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("https://{}/v2", listener.local_addr().unwrap());
    let builder = Client::builder().access_key("key").secret("secret").base_url(base_url).timeout(HANG);
    assert_eq!(cancelled(&asked_thrice(builder), "hi"), Outcome::NotSent);
}

#[test]
fn a_send_between_two_attempts_is_cancelled() {
    // Nobody listens on port 1, so there are only waits.
    let client = Client::builder()
        .access_key("key")
        .secret("secret")
        .base_url("http://127.0.0.1:1/v2")
        .timeout(HANG)
        .max_attempts(100)
        .interrupted(|| true)
        .build()
        .unwrap();
    let error = client.broadcast("room", "hi").unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Cancelled, Outcome::NotSent));
    assert!((1..100).contains(&error.attempts()));
}

#[test]
fn it_is_not_called_more_often_than_there_are_waits() {
    let server = Server::start(|stream, _| ok(stream));
    let asked = Arc::new(AtomicU32::new(0));
    let count = asked.clone();
    let interrupted = move || count.fetch_add(1, Ordering::Relaxed) > 100;
    let client = server.client().interrupted(interrupted).build().unwrap();
    for _ in 0..1000 {
        client.broadcast("room", "hi").unwrap();
    }
    assert!(asked.load(Ordering::Relaxed) < 100);
}

#[test]
fn a_background_send_is_not_interrupted() {
    let client = Client::builder()
        .access_key("key")
        .secret("secret")
        .base_url("http://127.0.0.1:1/v2")
        .interrupted(|| true)
        .build()
        .unwrap();
    let (sender, result) = std::sync::mpsc::channel();
    let request = roomcast::Request::new("room", "hi");
    let _pending = client.start_message(&request, move |result| sender.send(result).unwrap()).unwrap();
    let error = result.recv_timeout(HANG).unwrap().unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 3));
}
