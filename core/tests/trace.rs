//! What dependencies log when a program turns on every target at every level: no secret and no message's text.

mod common;

use std::io::Write;
use std::pin::pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake};
use std::{future::Future, thread};

use common::{HANG, Server, ok};
use log::{LevelFilter, Log, Metadata, Record};
use roomcast::{Client, PeerQuery, Request};

static LINES: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

struct Everything;

impl Log for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        LINES.lock().unwrap().push((record.target().to_owned(), record.args().to_string()));
    }

    fn flush(&self) {}
}

struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Arc::new(Unpark(thread::current())).into();
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park_timeout(HANG),
        }
    }
}

const TEXT: &str = "my private text";
const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJhY2Nlc3Nfa2V5IjoiayJ9.c2lnbmF0dXJl";

fn send_in_every_way(client: &Client) {
    let _ = client.broadcast("room", TEXT);
    let _ = client.send_to_peer("room", TEXT, "peer");
    let (done, result) = mpsc::channel();
    let request = Request::new("room", TEXT);
    let _ = client.start_message(&request, move |result| done.send(result).unwrap());
    let _ = result.recv_timeout(HANG).expect("a started send always completes");
    let _ = wait(client.send_message_async(&request));
    let _ = client.list_peers(&PeerQuery::new("room"));
    let _ = wait(client.list_peers_async(&PeerQuery::new("room")));
    let _ = client.get_room("room");
    let _ = wait(client.get_room_async("room"));
}

#[test]
fn no_target_logs_a_secret_at_any_level() {
    log::set_logger(&Everything).unwrap();
    log::set_max_level(LevelFilter::Trace);

    let server = Server::start(|stream, _| ok(stream));
    // A pair of key and secret, and a token.
    send_in_every_way(&server.client().build().unwrap());
    let base_url = format!("http://{}/v2", server.address());
    let client = Client::builder().management_token(TOKEN).base_url(base_url).timeout(HANG);
    send_in_every_way(&client.build().unwrap());
    let proxy = Server::start(|stream, _| stream.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").is_ok());
    let proxied = Client::builder()
        .management_token(TOKEN)
        .base_url("https://server.example/v2")
        .proxy(format!("http://user:the-password@{}", proxy.address()))
        .timeout(HANG);
    send_in_every_way(&proxied.build().unwrap());

    let lines = LINES.lock().unwrap();
    // ureq-proto writes bytes in hex, then as text, 16 in a line.
    let dumped: String = lines
        .iter()
        .filter(|(target, _)| target.starts_with("ureq_proto"))
        .map(|(_, line)| &line[line.len().saturating_sub(16)..])
        .collect();
    assert!(dumped.contains("active-rooms/room/send-message"), "the test sees what is dumped");
    let lines: Vec<&str> = lines.iter().map(|(_, line)| &**line).collect();
    for text in [&dumped, &lines.join("\n")] {
        for secret in [TOKEN, "authorization", "Bearer", "eyJ", "private", "the-password", "dXNlcjp0"] {
            assert!(!text.contains(secret), "{secret} is in a log line");
        }
    }
}
