//! What a client is doing, in numbers.

mod common;

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;

use common::{HANG, Server, ok};
use roomcast::{ErrorKind, PeerQuery, Request, Stats};

fn failed(stats: &Stats, kind: ErrorKind) -> u64 {
    stats.failed.iter().find(|(of, _)| *of == kind).unwrap().1
}

#[test]
fn what_is_under_way_is_counted_where_it_is() {
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let waits = gate.clone();
    let server = Server::start(move |stream, _| {
        drop(waits.1.wait_while(waits.0.lock().unwrap(), |open| !*open).unwrap());
        ok(stream)
    });
    let client = server.client().max_in_flight(2).build().unwrap();
    let idle = client.stats();
    assert_eq!((idle.in_flight, idle.queued, idle.queued_bytes, idle.sent, idle.failures()), (0, 0, 0, 0, 0));
    let (done, results) = mpsc::channel();
    for _ in 0..5 {
        let done = done.clone();
        client.start_message(&Request::new("room", "hi"), move |result| done.send(result).unwrap()).unwrap();
    }
    let blocking = thread::spawn({
        let client = client.clone();
        move || client.broadcast("room", "hi")
    });
    server.wait_for(3);
    let stats = client.stats();
    assert_eq!((stats.in_flight, stats.queued, stats.busy_connections, stats.idle_connections), (3, 3, 3, 0));
    assert!(stats.queued_bytes > 5 * 512, "{stats:?}");
    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
    for _ in 0..5 {
        results.recv_timeout(HANG).unwrap().unwrap();
    }
    blocking.join().unwrap().unwrap();
    let mut stats = client.stats();
    while stats.in_flight + stats.queued + stats.queued_bytes > 0 {
        thread::yield_now();
        stats = client.stats();
    }
    assert_eq!((stats.sent, stats.busy_connections, stats.idle_connections), (6, 0, 3));
    client.close();
    while client.stats().idle_connections > 0 {
        thread::yield_now();
    }
}

#[test]
fn each_operation_is_counted_once_by_how_it_ended() {
    let server = Server::start(|stream, body| match body {
        body if body.contains("broken") => false,
        "" => stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").is_ok(),
        _ => ok(stream),
    });
    let client = server.client().max_attempts(3).build().unwrap();
    client.broadcast("room", "hi").unwrap();
    client.broadcast("room", " ").unwrap_err();
    client.send_to_peer("room", "", "hi").unwrap_err();
    client.broadcast("room", "broken").unwrap_err();
    client.send_message(&Request::new("room", "broken").retry_unknown(true).max_attempts(2)).unwrap_err();
    client.list_peers(&PeerQuery::new("room")).unwrap_err();
    client.start_message(&Request::new("room", " "), |_| ()).unwrap_err();
    let stats = client.stats();
    assert_eq!((stats.sent, stats.queried, stats.retried, stats.failures()), (1, 0, 1, 6), "{stats:?}");
    assert_eq!(failed(&stats, ErrorKind::InvalidRequest), 3);
    assert_eq!(failed(&stats, ErrorKind::Connection), 2);
    assert_eq!(failed(&stats, ErrorKind::NotFound), 1);
    client.close();
    client.broadcast("room", "hi").unwrap_err();
    assert_eq!(failed(&client.stats(), ErrorKind::Configuration), 1);
}

#[test]
fn a_retry_that_does_not_begin_is_not_counted() {
    let server = Server::start(|stream, _| {
        stream.write_all(b"HTTP/1.1 429 Slow\r\nRetry-After: 20\r\nContent-Length: 0\r\n\r\n").is_ok()
    });
    let client = server.client().build().unwrap();
    let (done, result) = mpsc::channel();
    let on_done = move |result: Result<_, roomcast::Error>| done.send(result.map(drop)).unwrap();
    let pending = client.start_message(&Request::new("room", "hi"), on_done).unwrap();
    server.wait_for(1);
    while client.stats().queued == 0 {
        thread::yield_now();
    }
    pending.cancel();
    assert_eq!(result.recv_timeout(HANG).unwrap().unwrap_err().attempts(), 1);
    assert_eq!((client.stats().retried, failed(&client.stats(), ErrorKind::RateLimited)), (0, 0));
}
