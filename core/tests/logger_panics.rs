//! A logger that panics loses no result, and changes none.

mod common;

use std::sync::mpsc;

use common::{HANG, Server, ok};
use log::{LevelFilter, Log, Metadata, Record};
use roomcast::{Client, ErrorKind, Request};

struct Panics;

impl Log for Panics {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("roomcast::")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            panic!("on purpose, instead of logging {}", record.args());
        }
    }

    fn flush(&self) {}
}

#[test]
fn results_are_as_without_it() {
    log::set_logger(&Panics).unwrap();
    log::set_max_level(LevelFilter::Trace);

    let server = Server::start(|stream, body| {
        let refusal = b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n";
        if body.contains("refused") { std::io::Write::write_all(stream, refusal).is_ok() } else { ok(stream) }
    });
    let client = server.client().build().unwrap();
    assert_eq!(client.broadcast("room", "hi").unwrap().attempts, 1);
    assert_eq!(client.broadcast("room", "refused").unwrap_err().kind(), ErrorKind::PermissionDenied);

    let (done, results) = mpsc::channel();
    for n in 0..50 {
        let done = done.clone();
        let message = if n % 2 == 0 { "hi" } else { "refused" };
        let sent = client.start_message(&Request::new("room", message), move |result| {
            done.send((n, result)).unwrap();
        });
        sent.unwrap();
    }
    for left in (0..50).rev() {
        let (n, result) = results.recv_timeout(HANG).unwrap_or_else(|_| panic!("{left} never completed"));
        match n % 2 {
            0 => assert_eq!(result.unwrap().message, "message sent"),
            _ => assert_eq!(result.unwrap_err().kind(), ErrorKind::PermissionDenied),
        }
    }

    // A retry is logged, too.
    let refused = Client::builder().management_token("token").base_url("http://127.0.0.1:1").max_attempts(2);
    let (done, result) = mpsc::channel();
    let sent = refused.build().unwrap().start_message(&Request::new("room", "hi"), move |result| {
        done.send(result).unwrap();
    });
    sent.unwrap();
    let error = result.recv_timeout(HANG).unwrap().unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 2));
}
