//! What is logged, at which level, and that nothing secret is in it.

mod common;

use std::error::Error as _;
use std::io;
use std::sync::Mutex;

use common::{Server, ok};
use log::{Level, LevelFilter, Log, Metadata, Record};
use roomcast::Client;

static LINES: Mutex<Vec<(Level, String)>> = Mutex::new(Vec::new());

struct Collect;

impl Log for Collect {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("roomcast::")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            LINES.lock().unwrap().push((record.level(), record.args().to_string()));
        }
    }

    fn flush(&self) {}
}

#[test]
fn successes_retries_and_failures() {
    log::set_logger(&Collect).unwrap();
    log::set_max_level(LevelFilter::Trace);

    let server = Server::start(|stream, _| ok(stream));
    server.client().build().unwrap().broadcast("room", "my private text").unwrap();
    let refused = Client::builder()
        .access_key("key")
        .secret("my private secret")
        .base_url("http://127.0.0.1:1/v2")
        .max_attempts(2);
    let error = refused.build().unwrap().broadcast("room", "my private text").unwrap_err();
    let source = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(source.kind(), io::ErrorKind::ConnectionRefused);

    let lines = LINES.lock().unwrap();
    let path = "/v2/active-rooms/room/send-message";
    assert_eq!(lines[0], (Level::Debug, format!("{path}: accepted, attempts: 1")));
    assert_eq!(lines[1].0, Level::Info);
    assert!(lines[1].1.starts_with(&format!("{path}: attempt 1 failed, retrying in ")), "{}", lines[1].1);
    assert_eq!(lines[2], (Level::Warn, format!("{path}: attempts: 2, {error}")));
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|(_, line)| !line.contains("private") && !line.contains('\n')));
}
