//! A server for tests: answers each request with a closure, and keeps the requests' bodies.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use roomcast::{Client, ClientBuilder};

/// No test waits longer than this for what must happen.
#[allow(dead_code)]
pub const HANG: Duration = Duration::from_secs(60);

pub struct Server {
    address: SocketAddr,
    bodies: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves each connection with `serve`, until it returns false; what it read is kept first.
    pub fn start(serve: impl Fn(&mut TcpStream, &str) -> bool + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let (kept, serve) = (bodies.clone(), Arc::new(serve));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, kept, serve) = (stream.unwrap(), kept.clone(), serve.clone());
                thread::spawn(move || {
                    while let Some(body) = read_request(&mut stream) {
                        kept.lock().unwrap().push(body.clone());
                        if !serve(&mut stream, &body) {
                            return;
                        }
                    }
                });
            }
        });
        Server { address, bodies }
    }

    pub fn client(&self) -> ClientBuilder {
        Client::builder()
            .access_key("key")
            .secret("secret")
            .base_url(format!("http://{}/v2", self.address))
            .timeout(HANG)
    }

    /// The bodies read so far.
    pub fn bodies(&self) -> Vec<String> {
        self.bodies.lock().unwrap().clone()
    }

    /// Waits until so many requests were read.
    #[allow(dead_code)]
    pub fn wait_for(&self, requests: usize) {
        for _ in 0..HANG.as_millis() / 5 {
            if self.bodies().len() >= requests {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("{requests} requests did not come: {:?}", self.bodies());
    }
}

pub fn ok(stream: &mut TcpStream) -> bool {
    let body = r#"{"message":"message sent"}"#;
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(answer.as_bytes()).is_ok()
}

fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length = length.unwrap_or("0");
            if body.len() >= length.parse().unwrap() {
                return Some(body.to_owned());
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
        }
    }
}
