//! A server that accepts so many requests a second, and a client that sends more.

mod common;

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use common::{HANG, Server, ok};
use roomcast::{Client, ErrorKind, Outcome, Request};

const A_SECOND: usize = 100;

fn refuse(stream: &mut TcpStream, seconds: u64) -> bool {
    let answer =
        format!("HTTP/1.1 429 Too Many Requests\r\nRetry-After: {seconds}\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(answer.as_bytes()).is_ok()
}

/// Accepts 100 requests in each second. Returns the number that it refused, too.
fn limited() -> (Server, Arc<AtomicUsize>) {
    let window = Mutex::new((Instant::now(), 0));
    let refused = Arc::new(AtomicUsize::new(0));
    let count = refused.clone();
    let server = Server::start(move |stream, _| {
        let mut window = window.lock().unwrap();
        if window.0.elapsed() >= Duration::from_secs(1) {
            *window = (Instant::now(), 0);
        }
        window.1 += 1;
        let accepts = window.1 <= A_SECOND;
        drop(window);
        if accepts {
            return ok(stream);
        }
        count.fetch_add(1, Ordering::SeqCst);
        refuse(stream, 1)
    });
    (server, refused)
}

#[test]
fn many_sends_at_once_slow_down_together() {
    const SENDS: usize = 500;
    let (server, refused) = limited();
    let client = server.client().build().unwrap();
    let (done, results) = mpsc::channel();
    for number in 0..SENDS {
        let done = done.clone();
        let on_done = move |result| done.send(result).unwrap();
        client.start_message(&Request::new("room", format!("m{number}")), on_done).unwrap();
    }
    for _ in 0..SENDS {
        results.recv_timeout(HANG).unwrap().unwrap();
    }
    let refused = refused.load(Ordering::SeqCst);
    assert_eq!(server.bodies().len(), SENDS + refused);
    // Those in flight when the limit was first met, and few more.
    assert!((1..=90).contains(&refused), "{refused} refused");
}

#[test]
fn sends_of_many_threads_slow_down_together() {
    let (server, refused) = limited();
    let client = server.client().build().unwrap();
    let threads: Vec<_> = (0..8)
        .map(|thread| {
            let client = client.clone();
            thread::spawn(move || {
                for number in 0..40 {
                    client.broadcast("room", format!("m{thread}.{number}")).unwrap();
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let refused = refused.load(Ordering::SeqCst);
    assert!((1..=24).contains(&refused), "{refused} refused");
}

#[test]
fn who_would_pause_beyond_the_deadline_fails_now_and_nothing_is_sent() {
    let server = Server::start(|stream, _| refuse(stream, 30));
    let client: Client = server.client().timeout(Duration::from_secs(20)).build().unwrap();
    let refused = client.broadcast("room", "one").unwrap_err();
    assert_eq!(
        (refused.kind(), refused.outcome(), refused.attempts()),
        (ErrorKind::RateLimited, Outcome::Rejected, 1)
    );
    let (done, result) = mpsc::channel();
    client.start_message(&Request::new("room", "two"), move |result| done.send(result).unwrap()).unwrap();
    for paused in
        [client.broadcast("room", "three").unwrap_err(), result.recv_timeout(HANG).unwrap().unwrap_err()]
    {
        assert_eq!(
            (paused.kind(), paused.outcome(), paused.attempts()),
            (ErrorKind::RateLimited, Outcome::NotSent, 0)
        );
        assert!(paused.retry_after().unwrap() > Duration::from_secs(20), "{paused:?}");
    }
    assert_eq!(server.bodies().len(), 1);
}
