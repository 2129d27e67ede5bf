//! What started sends keep while they wait: their place, and their text. One test at a time, since memory is measured.

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use common::{HANG, Server, ok};
use roomcast::{Client, Error, ErrorKind, Outcome, PeerQuery, Pending, Request, SendResult};

const MIB: usize = 1024 * 1024;

/// Counts the bytes in large blocks: messages, not what tests and threads need.
struct Counting;

static LARGE: AtomicUsize = AtomicUsize::new(0);

fn large(size: usize) -> usize {
    if size >= MIB / 2 { size } else { 0 }
}

// SAFETY: it only counts what it passes to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGE.fetch_add(large(layout.size()), Ordering::SeqCst);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        LARGE.fetch_sub(large(layout.size()), Ordering::SeqCst);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn one_at_a_time() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(|e| e.into_inner())
}

type Sent = Receiver<Result<SendResult, Error>>;

fn try_start(client: &Client, room: &str, message: &str) -> Result<(Pending, Sent), Error> {
    let (done, result) = mpsc::channel();
    let pending = client.start_message(&Request::new(room, message), move |result| {
        let _ = done.send(result);
    })?;
    Ok((pending, result))
}

fn start(client: &Client, message: &str) -> (Pending, Sent) {
    try_start(client, "room", message).unwrap()
}

fn wait(result: &Sent) -> Result<SendResult, Error> {
    result.recv_timeout(HANG).expect("a started send always completes")
}

/// Waits until something holds; false after as long as no test should take.
fn eventually(holds: impl Fn() -> bool) -> bool {
    let until = Instant::now() + HANG;
    while Instant::now() < until {
        if holds() {
            return true;
        }
        thread::sleep(Duration::from_millis(5));
    }
    false
}

/// Never answers, so that a send stays in flight.
fn silent() -> Server {
    Server::start(|_, _| true)
}

/// Asks for a retry after so many seconds, without slowing the client as 429 does.
fn busy(stream: &mut TcpStream, seconds: u32) -> bool {
    let head =
        format!("HTTP/1.1 503 Service Unavailable\r\nRetry-After: {seconds}\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(head.as_bytes()).is_ok()
}

#[test]
fn every_send_stores_its_text_once() {
    let _one = one_at_a_time();
    let server = silent();
    let client = server.client().max_in_flight(1).build().unwrap();
    let first = start(&client, "first");
    server.wait_for(1);
    let message = "x".repeat(MIB);
    let before = LARGE.load(Ordering::SeqCst);
    let queued: Vec<_> = (0..20).map(|_| start(&client, &message)).collect();
    let held = LARGE.load(Ordering::SeqCst) - before;
    assert!(held <= 21 * MIB, "20 messages of 1 MiB take {} MiB", held / MIB);
    drop(queued);
    drop(first);
}

#[test]
fn a_cancelled_send_in_the_queue_drops_its_text_at_once() {
    let _one = one_at_a_time();
    let server = silent();
    let client = server.client().max_in_flight(1).build().unwrap();
    let first = start(&client, "first");
    server.wait_for(1);
    let message = "x".repeat(MIB);
    let before = LARGE.load(Ordering::SeqCst);
    let queued: Vec<_> = (0..20).map(|_| start(&client, &message)).collect();
    for (pending, _) in &queued {
        pending.cancel();
        pending.cancel();
    }
    // They are kept by their callers, which costs no text.
    assert_eq!(LARGE.load(Ordering::SeqCst), before);
    for (_, result) in &queued {
        let error = wait(result).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Cancelled, Outcome::NotSent));
    }
    drop(first);
}

#[test]
fn a_cancelled_send_that_connects_drops_its_text_at_once() {
    let _one = one_at_a_time();
    let server = Stalling::start();
    let client = server.client().max_in_flight(4).build().unwrap();
    let message = "x".repeat(MIB);
    let before = LARGE.load(Ordering::SeqCst);
    let connecting: Vec<_> = (0..4).map(|_| start(&client, &message)).collect();
    server.wait_for(4);
    for (pending, _) in &connecting {
        pending.cancel();
    }
    assert_eq!(LARGE.load(Ordering::SeqCst), before);
}

/// Accepts connections, and never answers in TLS.
struct Stalling {
    port: u16,
    accepted: Arc<Mutex<Vec<TcpStream>>>,
}

impl Stalling {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let accepted = Arc::new(Mutex::new(Vec::new()));
        let kept = accepted.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                // The handshake has begun.
                let _ = stream.read(&mut [0; 1024]);
                kept.lock().unwrap().push(stream);
            }
        });
        Stalling { port, accepted }
    }

    fn client(&self) -> roomcast::ClientBuilder {
        Client::builder()
            .management_token("token")
            .base_url(format!("https://127.0.0.1:{}", self.port))
            .timeout(HANG * 4)
    }

    fn wait_for(&self, connections: usize) {
        assert!(eventually(|| self.accepted.lock().unwrap().len() >= connections));
    }
}

#[test]
fn a_cancelled_send_that_connects_gives_up_its_place_and_its_thread() {
    let _one = one_at_a_time();
    let server = Stalling::start();
    let client = server.client().max_in_flight(2).build().unwrap();
    for round in 1..=100 {
        let connecting = [start(&client, "hi"), start(&client, "hi")];
        server.wait_for(2 * round);
        for (pending, result) in &connecting {
            pending.cancel();
            let error = wait(result).unwrap_err();
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Cancelled, Outcome::NotSent));
        }
    }
}

#[test]
fn what_started_sends_hold_is_bounded() {
    let _one = one_at_a_time();
    let server = silent();
    let client = server.client().max_in_flight(1).build().unwrap();
    let first = start(&client, "first");
    server.wait_for(1);
    let message = "x".repeat(MIB);
    for _ in 0..2 {
        let mut queued = Vec::new();
        let full = loop {
            match try_start(&client, "room", &message) {
                Ok(sent) => queued.push(sent),
                Err(error) => break error,
            }
            assert!(queued.len() < 200, "200 MiB are queued");
        };
        // Besides the one in flight, 64 MiB.
        assert!(queued.len() >= 64, "{full} after {}", queued.len());
        assert_eq!(
            (full.kind(), full.outcome(), full.attempts()),
            (ErrorKind::QueueFull, Outcome::NotSent, 0)
        );
        assert_eq!(
            full.to_string(),
            "queue_full: the client's queue is full: it holds at most 65 MiB. Nothing was sent. \
             Wait for sends to complete before starting more. Sending it again is safe."
        );
        // What is cancelled makes room at once.
        for (pending, _) in &queued {
            pending.cancel();
        }
    }
    start(&client, &message).0.cancel();
    drop(first);
}

#[test]
fn many_small_sends_are_bounded_too() {
    let _one = one_at_a_time();
    let server = silent();
    let client = server.client().max_in_flight(1).build().unwrap();
    let request = Request::new("room", "hi");
    let mut started = Vec::new();
    let full = loop {
        match client.start_message(&request, |_| ()) {
            Ok(pending) => started.push(pending),
            Err(error) => break error,
        }
        assert!(started.len() < 1_000_000);
    };
    assert_eq!(full.kind(), ErrorKind::QueueFull);
    for pending in &started {
        pending.cancel();
    }
    start(&client, "there is room again").0.cancel();
}

#[test]
fn a_send_that_waits_for_its_retry_holds_no_place() {
    let _one = one_at_a_time();
    let server = Server::start(|stream, body| match body.contains("retried") {
        true => busy(stream, 100),
        false => ok(stream),
    });
    let client = server.client().timeout(HANG * 2).retry_unknown(true).max_in_flight(2).build().unwrap();
    let retried = [start(&client, "retried 1"), start(&client, "retried 2")];
    server.wait_for(2);
    let healthy: Vec<_> = (0..10).map(|_| start(&client, "healthy")).collect();
    for (_, result) in &healthy {
        wait(result).unwrap();
    }
    assert_eq!(server.bodies().len(), 12);
    for (pending, result) in &retried {
        assert!(result.try_recv().is_err(), "it still waits");
        pending.cancel();
        let error = wait(result).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Cancelled, Outcome::Unknown));
    }
}

/// With one place: what is due again comes before what was started later.
#[test]
fn a_retry_keeps_its_turn() {
    let _one = one_at_a_time();
    let refusals = AtomicUsize::new(0);
    let (release, released) = mpsc::channel();
    let released = Mutex::new(released);
    let server = Server::start(move |stream, body| {
        if body.contains("retried") && refusals.fetch_add(1, Ordering::SeqCst) == 0 {
            return busy(stream, 2);
        }
        if body.contains("slow") {
            released.lock().unwrap().recv().unwrap();
        }
        ok(stream)
    });
    let client = server.client().retry_unknown(true).max_in_flight(1).build().unwrap();
    let (_, retried) = start(&client, "retried");
    server.wait_for(1);
    let (_, slow) = start(&client, "slow");
    let (_, last) = start(&client, "last");
    server.wait_for(2);
    // The retry is due by now, or comes to be.
    thread::sleep(Duration::from_secs(4));
    release.send(()).unwrap();
    for result in [&retried, &slow, &last] {
        wait(result).unwrap();
    }
    let bodies = server.bodies();
    let order = ["retried", "slow", "retried", "last"];
    assert!(bodies.iter().zip(order).all(|(body, text)| body.contains(text)), "{bodies:?}");
}

/// It was due, but others held every place.
#[test]
fn the_deadline_holds_for_a_retry_in_the_queue() {
    let _one = one_at_a_time();
    let server = Server::start(|stream, body| match body.contains("retried") {
        true => busy(stream, 5),
        false => true,
    });
    let client =
        server.client().timeout(Duration::from_secs(8)).retry_unknown(true).max_in_flight(1).build().unwrap();
    let (_, retried) = start(&client, "retried");
    server.wait_for(1);
    thread::sleep(Duration::from_millis(2500));
    let (_, silent) = start(&client, "silent");
    let first = wait(&retried).unwrap_err();
    assert!(silent.try_recv().is_err(), "the one that was started later ended first");
    assert_eq!((first.kind(), first.outcome(), first.attempts()), (ErrorKind::Timeout, Outcome::Unknown, 1));
    assert_eq!(wait(&silent).unwrap_err().kind(), ErrorKind::Timeout);
}

/// One long response after the other; each time another send starts when all of the response was written.
#[test]
fn a_long_response_is_parsed_beside_other_sends() {
    let _one = one_at_a_time();
    let peer = |n: usize| format!(r#""p{n:07}":{{"id":"p{n:07}","user_id":"user {n}","role":"host"}}"#);
    let peers: Vec<_> = (0..60_000).map(peer).collect();
    let peers = format!(r#"{{"peers":{{{}}}}}"#, peers.join(","));
    assert!(peers.len() > 3 * MIB);

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (wrote, written) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, peers, wrote) = (stream.unwrap(), peers.clone(), wrote.clone());
            thread::spawn(move || {
                let mut chunk = [0; 4096];
                while let Ok(read @ 1..) = stream.read(&mut chunk) {
                    if chunk[..read].starts_with(b"POST") {
                        ok(&mut stream);
                        continue;
                    }
                    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", peers.len());
                    let (most, last) = peers.split_at(peers.len() - 1);
                    stream.write_all(head.as_bytes()).unwrap();
                    stream.write_all(most.as_bytes()).unwrap();
                    // Read by now, or soon.
                    thread::sleep(Duration::from_secs(1));
                    stream.write_all(last.as_bytes()).unwrap();
                    wrote.send(()).unwrap();
                }
            });
        }
    });
    let client = Client::builder()
        .management_token("token")
        .base_url(format!("http://{address}"))
        .timeout(HANG)
        .build()
        .unwrap();
    // So that a connection is idle.
    client.start_message(&Request::new("room", "hi"), |_| ()).unwrap();
    let mut sends_came_first = 0;
    for _ in 0..3 {
        let (done, order) = mpsc::channel();
        let (list_done, send_done) = (done.clone(), done);
        let query = roomcast::ApiRequest::ListPeers(std::borrow::Cow::Owned(PeerQuery::new("room")));
        let list = move |result: Result<roomcast::Response, Error>| {
            assert!(result.is_ok(), "{:?}", result.err());
            list_done.send("list").unwrap();
        };
        client.start(query.into(), list).unwrap();
        written.recv_timeout(HANG).unwrap();
        let send = move |result: Result<SendResult, Error>| {
            result.unwrap();
            send_done.send("send").unwrap();
        };
        client.start_message(&Request::new("room", "hi"), send).unwrap();
        sends_came_first += usize::from(order.recv_timeout(HANG).unwrap() == "send");
        order.recv_timeout(HANG).unwrap();
    }
    assert!(sends_came_first >= 2, "{sends_came_first} of 3 sends came before the long response");
}

#[test]
fn a_server_that_asks_for_no_wait_is_not_flooded() {
    let _one = one_at_a_time();
    let server = Server::start(|stream, _| busy(stream, 0));
    let client = server
        .client()
        .max_attempts(100)
        .retry_unknown(true)
        .timeout(Duration::from_millis(1000))
        .build()
        .unwrap();
    let error = client.broadcast("room", "hi").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server);
    let requests = server.bodies().len();
    assert!(requests <= 8, "{requests} requests in a second");
}

#[test]
fn one_with_less_time_ends_first_wherever_it_is_queued() {
    let _guard = one_at_a_time();
    let server = Server::start(|_, _| true);
    let client = server.client().max_in_flight(1).build().unwrap();
    let (done, results) = mpsc::channel();
    let start = |name: &'static str, timeout| {
        let done = done.clone();
        let request = Request::new("room", name).timeout(timeout);
        client.start_message(&request, move |result| drop(done.send((name, result)))).unwrap()
    };
    let pending = [start("in flight", HANG), start("patient", HANG)];
    start("hurried", Duration::from_millis(100));
    let (name, result) = results.recv_timeout(HANG / 2).unwrap();
    let error = result.unwrap_err();
    assert_eq!((name, error.kind(), error.outcome()), ("hurried", ErrorKind::Timeout, Outcome::NotSent));
    pending.iter().for_each(Pending::cancel);
}
