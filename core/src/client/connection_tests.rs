//! Which connection a send uses, whichever way it is made.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::*;

/// No test waits longer than this for what must happen.
const HANG: Duration = Duration::from_secs(60);

type Way = fn(&Client) -> Result<SendResult, Error>;

const WAYS: [Way; 2] = [
    |client| client.broadcast("room", "hi"),
    |client| {
        let (done, result) = mpsc::channel();
        client.start_message(&Request::new("room", "hi"), move |result| done.send(result).unwrap())?;
        result.recv_timeout(HANG).expect("a started send always completes")
    },
];

/// A server that keeps idle connections for so long.
struct Server {
    base_url: String,
    /// The client's port of each request.
    ports: Arc<Mutex<Vec<u16>>>,
}

impl Server {
    fn new(keeps: Duration, header: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let ports = Arc::new(Mutex::new(Vec::new()));
        let seen = ports.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, seen) = (stream.unwrap(), seen.clone());
                thread::spawn(move || serve(stream, keeps, header, &seen));
            }
        });
        Server { base_url, ports }
    }

    fn client(&self) -> ClientBuilder {
        Client::builder().management_token("t").base_url(&*self.base_url).timeout(HANG).max_attempts(1)
    }

    fn ports(&self) -> Vec<u16> {
        self.ports.lock().unwrap().clone()
    }

    /// How many connections were used, each for requests one after the other.
    fn used(&self) -> usize {
        let mut ports = self.ports();
        ports.dedup();
        ports.len()
    }
}

fn serve(mut stream: TcpStream, keeps: Duration, header: &str, seen: &Mutex<Vec<u16>>) {
    let port = stream.peer_addr().unwrap().port();
    stream.set_read_timeout(Some(keeps)).unwrap();
    loop {
        // A request is one write.
        match stream.read(&mut [0; 4096]) {
            Ok(1..) => {}
            Ok(0) => return,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
            Err(_) => return,
        }
        seen.lock().unwrap().push(port);
        write!(stream, "HTTP/1.1 200 OK\r\n{header}Content-Length: 2\r\n\r\n{{}}").unwrap();
    }
    let _ = stream.shutdown(Shutdown::Write);
    // Until the client closes it, too.
    while stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {}
}

#[test]
fn a_connection_that_is_used_all_the_time_is_replaced_when_it_is_old() {
    for way in WAYS {
        let server = Server::new(HANG, "");
        let client = server.client().max_connection_age(Duration::from_millis(200)).build().unwrap();
        let end = Instant::now() + HANG;
        while server.used() < 3 {
            assert!(Instant::now() < end, "connections: {}", server.used());
            assert_eq!(way(&client).unwrap().attempts, 1);
        }
        let mut each = server.ports();
        each.sort_unstable();
        each.dedup();
        assert_eq!(each.len(), 3, "none is used again after it was replaced: {:?}", server.ports());
    }
}

/// Of a client that believes at first that servers keep idle connections for 0.1 s: all times are a fiftieth.
fn sends_until_one_is_reused(server: &Server, way: Way, pause: Duration) -> usize {
    let client = server.client().idle_guess(Duration::from_millis(100)).build().unwrap();
    let end = Instant::now() + HANG;
    for sends in 1.. {
        assert!(Instant::now() < end, "no connection is used again after {pause:?}");
        assert_eq!(way(&client).unwrap().attempts, 1);
        let ports = server.ports();
        if sends > 1 && ports[sends - 1] == ports[sends - 2] {
            return sends;
        }
        thread::sleep(pause);
    }
    unreachable!()
}

#[test]
fn a_connection_is_used_after_a_pause_that_the_server_was_seen_to_allow() {
    for way in WAYS {
        for keeps in [300, 1200, 7000].map(Duration::from_millis) {
            let server = Server::new(keeps, "");
            // The second finds the first connection still open, and so does the third, after twice the pause.
            let sends = sends_until_one_is_reused(&server, way, keeps.min(Duration::from_secs(1)) / 3);
            assert!(sends >= 3, "{keeps:?}: {sends}");
        }
    }
}

#[test]
fn no_send_fails_whenever_the_server_closes_its_idle_connections() {
    for way in WAYS {
        for keeps in [20, 100].map(Duration::from_millis) {
            let server = Server::new(keeps, "");
            let client = server.client().idle_guess(Duration::from_millis(100)).build().unwrap();
            for pause in [0.1, 1.5, 0.5, 3.0] {
                assert_eq!(way(&client).unwrap().attempts, 1, "{keeps:?}");
                thread::sleep(keeps.mul_f64(pause));
            }
            // Each connection that was idle for too long was replaced.
            assert!(server.used() >= 2);
        }
    }
}

#[test]
fn a_server_that_promises_a_time_is_believed() {
    for way in WAYS {
        let server = Server::new(HANG, "Keep-Alive: timeout=60, max=100\r\n");
        assert_eq!(sends_until_one_is_reused(&server, way, Duration::from_millis(500)), 2);
        let server = Server::new(HANG, "Keep-Alive: timeout=0\r\n");
        let client = server.client().build().unwrap();
        for _ in 0..3 {
            assert_eq!(way(&client).unwrap().attempts, 1);
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(server.used(), 3);
    }
}
