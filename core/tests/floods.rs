//! Responses without an end: what is read of them, and how others fare meanwhile.

mod common;

use std::future::Future;
use std::io::Write;
use std::net::TcpStream;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use common::{HANG, Server, ok};
use roomcast::{Client, Error, ErrorKind, Outcome, PeerQuery, Request, SendResult};

/// More than all that the system buffers between a server and a client that stopped reading.
const MOST_WRITTEN: usize = 32 * 1024 * 1024;

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
/// Each begins with the first text, and goes on with the second one for ever.
const FLOODS: [(&str, &str); 7] = [
    ("", "1"),
    ("", "\r"),
    ("5;", "x"),
    ("2\r\n{}", "x"),
    ("2\r\n{}\r\n0\r\n", "x"),
    ("2\r\n{}\r\n0\r\n", "a: b\r\n"),
    ("2\r\n{}\r\n0\r\na: ", "\n"),
];

/// Writes a flood to each request, and adds up how much.
fn flooding(flood: (&'static str, &'static str)) -> (Server, Arc<AtomicUsize>) {
    let written = Arc::new(AtomicUsize::new(0));
    let sum = written.clone();
    let server = Server::start(move |stream: &mut TcpStream, _: &str| {
        stream.write_all(CHUNKED.as_bytes()).unwrap();
        stream.write_all(flood.0.as_bytes()).unwrap();
        let more = flood.1.repeat(64 * 1024 / flood.1.len());
        while stream.write_all(more.as_bytes()).is_ok() {
            sum.fetch_add(more.len(), Ordering::SeqCst);
        }
        false
    });
    (server, written)
}

type Way = fn(&Client) -> Result<(), Error>;
const SENDS: [Way; 2] = [
    |client| client.broadcast("room", "hi").map(drop),
    |client| block_on(client.send_message_async(&Request::new("room", "hi"))).map(drop),
];
const QUERIES: [Way; 4] = [
    |client| client.list_peers(&PeerQuery::new("room")).map(drop),
    |client| block_on(client.list_peers_async(&PeerQuery::new("room"))).map(drop),
    |client| client.get_room("room").map(drop),
    |client| block_on(client.get_room_async("room")).map(drop),
];

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park_timeout(HANG),
        }
    }
}

/// Of the framing of a body, no more is read than has a meaning. Not until the deadline, and not into memory.
#[test]
fn no_more_than_a_bounded_part_of_a_flood_is_read() {
    for flood in FLOODS {
        for (index, way) in SENDS.iter().chain(&QUERIES).enumerate() {
            let (server, written) = flooding(flood);
            let client = server.client().timeout(Duration::from_secs(10)).max_attempts(1).build().unwrap();
            let result = way(&client);
            let what = format!("{flood:?}, way {index}");
            match result {
                // The status was known.
                Ok(()) => assert!(index < SENDS.len(), "{what}"),
                Err(error) => {
                    assert_eq!(
                        (error.kind(), error.outcome()),
                        (ErrorKind::Protocol, Outcome::Unknown),
                        "{what}: {error}"
                    );
                    assert!(index >= SENDS.len(), "{what}");
                }
            }
            let written = written.load(Ordering::SeqCst);
            assert!(written <= MOST_WRITTEN, "{what}: {written} bytes");
        }
    }
}

/// Two floods among 24 sends: the others have their answers before those that are flooded, and none of them is late.
fn floods_delay_no_other_send(head: &'static str, more: &'static str) -> Vec<Result<SendResult, Error>> {
    let server = Server::start(move |stream: &mut TcpStream, body: &str| {
        if body.contains("flood") {
            stream.write_all(head.as_bytes()).unwrap();
            let more = more.repeat(64 * 1024 / more.len());
            while stream.write_all(more.as_bytes()).is_ok() {}
            return false;
        }
        // After the floods began.
        thread::sleep(Duration::from_millis(300));
        ok(stream)
    });
    let client = server.client().timeout(Duration::from_secs(5)).max_attempts(1).build().unwrap();
    let (done, results) = mpsc::channel();
    for index in 0..24 {
        let (done, text) = (done.clone(), if index < 2 { "flood" } else { "hi" });
        let request = Request::new("room", text);
        client.start_message(&request, move |result| done.send((text, result)).unwrap()).unwrap();
    }
    let results = results.iter().take(24);
    let (floods, others): (Vec<_>, Vec<_>) = results.partition(|(text, _)| *text == "flood");
    for (_, result) in others {
        assert_eq!(result.unwrap().attempts, 1);
    }
    floods.into_iter().map(|(_, result)| result).collect()
}

#[test]
fn a_chunk_size_without_an_end_delays_no_other_send() {
    // The status was known.
    floods_delay_no_other_send(CHUNKED, "1").into_iter().for_each(|result| drop(result.unwrap()));
}

#[test]
fn interim_responses_without_an_end_delay_no_other_send() {
    for result in floods_delay_no_other_send("", "HTTP/1.1 100 Continue\r\n\r\n") {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Timeout);
    }
}
