//! Connections: kept, found closed, shared by threads.

mod common;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

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
