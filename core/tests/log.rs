//! What is logged, at which level, and that nothing secret is in it.

mod common;

use std::borrow::Cow;
use std::cell::Cell;
use std::error::Error as _;
use std::io;
use std::sync::{Arc, Mutex, Once, mpsc};
use std::thread;
use std::time::Duration;

use common::{HANG, Server, ok};
use log::kv::{self, Key, Value, VisitSource};
use log::{Level, LevelFilter, Log, Metadata, Record};
use roomcast::{ApiRequest, CallContext, Client, LogScope, MulticastRequest, Operation, Request};

static LINES: Mutex<Vec<(Level, String)>> = Mutex::new(Vec::new());
/// The room, the other fields, and the scope of each line.
static FIELDS: Mutex<Vec<(String, String, &str)>> = Mutex::new(Vec::new());

thread_local! {
    static SCOPE: Cell<&'static str> = const { Cell::new("none") };
}

struct Collect;

impl Log for Collect {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("roomcast::")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            LINES.lock().unwrap().push((record.level(), record.args().to_string()));
            let mut fields = Fields::default();
            record.key_values().visit(&mut fields).unwrap();
            FIELDS.lock().unwrap().push((fields.room_id, fields.others, SCOPE.get()));
        }
    }

    fn flush(&self) {}
}

#[derive(Default)]
struct Fields {
    room_id: String,
    others: String,
}

impl<'kvs> VisitSource<'kvs> for Fields {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), kv::Error> {
        match key.as_str() {
            "room_id" => self.room_id = value.to_string(),
            key => self.others += &format!("{key}={value} "),
        }
        Ok(())
    }
}

fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        log::set_logger(&Collect).unwrap();
        log::set_max_level(LevelFilter::Trace);
    });
}

/// What was logged for sends to a room.
fn lines(room_id: &str) -> Vec<(Level, String)> {
    let path = format!("/v2/active-rooms/{room_id}/send-message: ");
    LINES.lock().unwrap().iter().filter(|(_, line)| line.starts_with(&path)).cloned().collect()
}

#[test]
fn successes_retries_and_failures() {
    install();
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

    let lines = lines("room");
    let path = "/v2/active-rooms/room/send-message";
    assert_eq!(lines[0], (Level::Debug, format!("{path}: accepted, attempts: 1")));
    assert_eq!(lines[1].0, Level::Info);
    assert!(lines[1].1.starts_with(&format!("{path}: attempt 1 failed, retrying in ")), "{}", lines[1].1);
    assert_eq!(lines[2], (Level::Warn, format!("{path}: attempts: 2, {error}")));
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|(_, line)| !line.contains("private") && !line.contains('\n')));
}

/// Cancelling shuts the socket down, so the reactor sees a broken connection. That is no failure.
#[test]
fn a_cancelled_send_is_logged_as_cancelled() {
    install();
    let server = Server::start(|_, _| true);
    let client = server.client().build().unwrap();
    let pending = client.start_message(&Request::new("cancelled", "hi"), |_| ()).unwrap();
    server.wait_for(1);
    pending.cancel();
    for _ in 0..HANG.as_millis() / 5 {
        if !lines("cancelled").is_empty() {
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    let lines = lines("cancelled");
    assert_eq!(lines.len(), 1, "{lines:?}");
    let (level, line) = &lines[0];
    assert_eq!(*level, Level::Debug, "{line}");
    assert!(line.contains(": attempts: 1, cancelled: the caller cancelled the send"), "{line}");
}

fn its_own_scope() -> LogScope {
    Arc::new(|write: &dyn Fn()| {
        SCOPE.set("its own");
        write();
        SCOPE.set("none");
    })
}

/// The fields and the scope of each line about a room.
fn lines_about(room: &str) -> Vec<(String, &'static str)> {
    let fields = FIELDS.lock().unwrap();
    let fields = fields.iter().filter(|(room_id, ..)| room_id == room);
    fields.map(|(_, others, scope)| (others.trim_end().to_owned(), *scope)).collect()
}

/// Structured logging reads them, so that nobody has to parse the text.
#[test]
fn lines_have_fields_and_are_written_in_the_scope_of_their_operation() {
    install();
    let server = Server::start(|stream, _| ok(stream));
    let refused =
        Client::builder().access_key("k").secret("s").base_url("http://127.0.0.1:1/v2").max_attempts(2);
    let request = Request::new("fields", "hi");
    for (client, scope) in [(server.client(), Some(its_own_scope())), (refused, None)] {
        let (done, result) = mpsc::channel();
        let operation = ApiRequest::SendMessage(Cow::Borrowed(&request)).into();
        let client = client.build().unwrap();
        let context = CallContext::default();
        let context = scope.into_iter().fold(context, CallContext::log_scope);
        let _pending = client.start_in(context, operation, move |result| done.send(result).unwrap()).unwrap();
        let _ = result.recv_timeout(HANG).unwrap();
    }
    assert_eq!(
        lines_about("fields"),
        [
            ("attempts=1".into(), "its own"),
            ("attempts=1 kind=connection outcome=not_sent".into(), "none"),
            ("attempts=2 kind=connection outcome=not_sent".into(), "none"),
        ]
    );
}

/// Another thread writes them, also if this one waits for the result.
#[test]
fn lines_of_several_recipients_are_written_in_the_scope_of_their_operation() {
    install();
    let server = Server::start(|stream, _| ok(stream));
    let request = MulticastRequest::to_peers("several", ["p", "q"], "hi");
    let operation = Operation::Multicast(Cow::Borrowed(&request));
    let context = CallContext::default().log_scope(its_own_scope());
    server.client().build().unwrap().execute_in(context, operation).unwrap();
    assert_eq!(lines_about("several"), vec![("attempts=1".to_owned(), "its own"); 2]);
}
