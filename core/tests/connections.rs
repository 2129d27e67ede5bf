//! Connections: kept, found closed, shared by threads.

mod common;

use std::io::{Read, Write};
use std::mem;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use common::{HANG, Server, ok};
use roomcast::{Client, Error, Request, SendResult};

type Way = fn(&Client) -> Result<SendResult, Error>;
/// A send in each way: waited for, and started.
const WAYS: [Way; 2] = [
    |client| client.broadcast("room", "hi"),
    |client| {
        let (done, result) = mpsc::channel();
        client.start_message(&Request::new("room", "hi"), move |result| done.send(result).unwrap())?;
        result.recv_timeout(HANG).expect("a started send always completes")
    },
];

/// Keeps the port of the connection that each request came on.
fn noting(answer: fn(&mut TcpStream) -> bool) -> (Server, Arc<Mutex<Vec<u16>>>) {
    let ports = Arc::new(Mutex::new(Vec::new()));
    let seen = ports.clone();
    let server = Server::start(move |stream: &mut TcpStream, _: &str| {
        seen.lock().unwrap().push(stream.peer_addr().unwrap().port());
        answer(stream)
    });
    (server, ports)
}

/// The answer, in two pieces that reach the client one after the other.
fn ok_in_pieces(stream: &mut TcpStream) -> bool {
    stream.set_nodelay(true).unwrap();
    let (head, body) = ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "{}");
    let head = stream.write_all(head.as_bytes());
    thread::sleep(Duration::from_micros(100));
    head.and_then(|()| stream.write_all(body.as_bytes())).is_ok()
}

/// How many connections [`ok_and_close`] has closed.
static CLOSED: AtomicUsize = AtomicUsize::new(0);

fn ok_and_close(stream: &mut TcpStream) -> bool {
    ok(stream);
    stream.shutdown(Shutdown::Both).unwrap();
    CLOSED.fetch_add(1, Ordering::SeqCst);
    false
}

#[test]
fn one_connection_serves_one_send_after_another() {
    for (way, answer) in
        WAYS.iter().flat_map(|way| [(way, ok as fn(&mut TcpStream) -> bool), (way, ok_in_pieces)])
    {
        let (server, ports) = noting(answer);
        let client = server.client().build().unwrap();
        for _ in 0..50 {
            assert_eq!(way(&client).unwrap().attempts, 1);
        }
        let mut ports = ports.lock().unwrap().clone();
        ports.dedup();
        assert_eq!(ports.len(), 1, "{ports:?}");
    }
}

#[test]
fn a_connection_that_the_server_closed_is_not_used_again() {
    for way in WAYS {
        let (server, ports) = noting(ok_and_close);
        let client = server.client().build().unwrap();
        for _ in 0..20 {
            let closed = CLOSED.load(Ordering::SeqCst);
            assert_eq!(way(&client).unwrap().attempts, 1);
            while CLOSED.load(Ordering::SeqCst) == closed {
                thread::yield_now();
            }
            // For the FIN to arrive.
            thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(ports.lock().unwrap().len(), 20);
    }
}

#[test]
fn sixteen_threads_share_a_client() {
    let answered = Arc::new(AtomicUsize::new(0));
    let count = answered.clone();
    let server = Server::start(move |stream, _| {
        count.fetch_add(1, Ordering::Relaxed);
        ok(stream)
    });
    let client = server.client().build().unwrap();
    thread::scope(|scope| {
        for worker in 0..16 {
            let client = client.clone();
            scope.spawn(move || {
                for n in 0..25 {
                    client.send_message(&Request::new("room", format!("{worker}-{n}"))).unwrap();
                }
            });
        }
    });
    assert_eq!(answered.load(Ordering::Relaxed), 400);
    let mut bodies = server.bodies();
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), 400, "each message arrived once");
}

#[test]
fn a_request_is_one_write() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let first_read = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 16 * 1024];
        let read = stream.read(&mut request).unwrap();
        ok(&mut stream);
        String::from_utf8(request[..read].to_vec()).unwrap()
    });
    let client = Client::builder().management_token("t").base_url(format!("http://{address}"));
    client.build().unwrap().broadcast("room", "hi").unwrap();
    let request = first_read.join().unwrap();
    assert!(request.starts_with("POST /active-rooms/room/send-message HTTP/1.1\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\n{\"message\":\"hi\"}"), "{request}");
}

#[test]
fn a_large_message_arrives_whole() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().build().unwrap();
    let message = "é\"".repeat(roomcast::MAX_MESSAGE / 3);
    client.broadcast("room", &message).unwrap();
    assert_eq!(server.bodies(), [format!(r#"{{"message":"{}"}}"#, message.replace('"', "\\\""))]);
}

/// A server that makes a burst of sends open a number of connections, and counts those that the client has not closed.
/// It ends half of them after the first response.
struct Crowd {
    address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
}

impl Crowd {
    fn start(size: usize) -> Crowd {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (accepted, ended, open) = <(Arc<AtomicUsize>, Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
        let crowd = Crowd { address, accepted: accepted.clone(), ended: ended.clone(), open: open.clone() };
        let all_came = Arc::new(Barrier::new(size));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, ended, open, all_came) =
                    (stream.unwrap(), ended.clone(), open.clone(), all_came.clone());
                let number = accepted.fetch_add(1, Ordering::SeqCst);
                open.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || {
                    let mut is_first = number < size;
                    // A request is one write.
                    let mut request = [0; 16 * 1024];
                    while stream.read(&mut request).is_ok_and(|read| read > 0) {
                        if is_first {
                            all_came.wait();
                        }
                        ok(&mut stream);
                        if mem::take(&mut is_first) && number % 2 == 0 {
                            stream.shutdown(Shutdown::Write).unwrap();
                            ended.fetch_add(1, Ordering::SeqCst);
                        }
                    }
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        crowd
    }
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + HANG;
    while !is_so() {
        assert!(Instant::now() < end, "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn idle_connections_are_closed_though_later_sends_do_not_come_to_them() {
    const SIZE: usize = 8;
    thread::scope(|scope| {
        for way in WAYS {
            scope.spawn(move || {
                let server = Crowd::start(SIZE);
                let base_url = format!("http://{}", server.address);
                let client = Client::builder().management_token("t").base_url(base_url).timeout(HANG);
                let client = client.build().unwrap();
                thread::scope(|burst| {
                    for _ in 0..SIZE {
                        burst.spawn(|| way(&client).unwrap());
                    }
                });
                assert_eq!(server.accepted.load(Ordering::SeqCst), SIZE);
                wait_until("the server has ended half of them", || {
                    server.ended.load(Ordering::SeqCst) == SIZE / 2
                });
                // Each send finds the connection of the one before.
                wait_until("the client closes all but that one and the one that it watches", || {
                    assert_eq!(way(&client).unwrap().attempts, 1);
                    server.open.load(Ordering::SeqCst) == 2
                });
            });
        }
    });
}
