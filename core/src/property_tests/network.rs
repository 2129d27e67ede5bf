//! Any bytes from a server or a proxy, through the real transport, over loopback.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use super::calls::is_proper;
use super::{model, texts};
use crate::api::PeerQuery;
use crate::client::{Client, ClientBuilder};
use crate::error::{Error, ErrorKind, Outcome};

const TOKEN: &str = "token-of-the-fuzzer";
const MESSAGE: &str = "text of the fuzzer";
/// Never reached: the server always answers or closes at once.
const HANG: Duration = Duration::from_secs(60);

/// How much a flood is, in bytes: more than a client may hold.
const FLOOD: usize = 1 << 20;

/// A server that writes what a test scripts.
struct Server {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    /// Requests that were read completely since the script was set.
    requests: Arc<AtomicUsize>,
}

/// What to write on a connection.
#[derive(Clone, Default)]
struct Script {
    /// The answers to the requests; after the last one it closes.
    answers: Vec<Vec<u8>>,
    /// What comes after each answer, again and again, up to [`FLOOD`].
    repeated: Vec<u8>,
    /// What comes after the first answer: when the barrier is passed, and before it is passed again.
    late: Option<(Vec<u8>, Arc<Barrier>)>,
}

impl Server {
    /// `ends_request` tells whether what was read so far is a whole request.
    fn start(ends_request: fn(&[u8]) -> bool) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server { address, script: Arc::default(), requests: Arc::default() };
        let (script, requests) = (Arc::clone(&server.script), Arc::clone(&server.requests));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, script, requests) =
                    (stream.unwrap(), script.lock().unwrap().clone(), Arc::clone(&requests));
                // Of its own, since a client may keep one connection and open another.
                thread::spawn(move || script.serve(&mut stream, ends_request, &requests));
            }
        });
        server
    }

    fn set(&self, script: Script) {
        *self.script.lock().unwrap() = script;
        self.requests.store(0, Ordering::SeqCst);
    }

    fn set_answer(&self, answer: &[u8]) {
        self.set(Script { answers: vec![answer.to_vec()], ..Script::default() });
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Script {
    fn serve(mut self, stream: &mut TcpStream, ends_request: fn(&[u8]) -> bool, requests: &AtomicUsize) {
        for answer in &self.answers {
            if !read_request(stream, ends_request) {
                return;
            }
            requests.fetch_add(1, Ordering::SeqCst);
            // A client that has gone may have good reason.
            let _ = stream.write_all(answer);
            let mut left = if self.repeated.is_empty() { 0 } else { FLOOD / self.repeated.len() };
            while left > 0 && stream.write_all(&self.repeated).is_ok() {
                left -= 1;
            }
            if let Some((late, barrier)) = self.late.take() {
                barrier.wait();
                let _ = stream.write_all(&late);
                barrier.wait();
            }
        }
        // A close with input unread would be a reset, which may overtake the answer.
        let _ = stream.shutdown(Shutdown::Write);
        let _ = std::io::copy(stream, &mut std::io::sink());
    }
}

fn read_request(stream: &mut TcpStream, ends: fn(&[u8]) -> bool) -> bool {
    let (mut request, mut chunk) = (Vec::new(), [0; 2048]);
    while !ends(&request) {
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return false,
            Ok(read) => request.extend_from_slice(&chunk[..read]),
        }
    }
    true
}

fn ends_post(request: &[u8]) -> bool {
    request.ends_with(format!("{{\"message\":\"{MESSAGE}\"}}").as_bytes())
}

fn ends_connect(request: &[u8]) -> bool {
    request.ends_with(b"\r\n\r\n")
}

/// Any bytes as the answer: a success only if they begin with the head of a 2xx, else an error that tells the truth.
pub(super) fn any_answer(input: &[u8]) {
    static SERVER: OnceLock<Server> = OnceLock::new();
    answered(SERVER.get_or_init(|| Server::start(ends_post)), input, &[]);
}

/// As [`any_answer`], with an answer so long that a client cannot keep all of it: what follows the last mark is repeated.
pub(super) fn any_flood(input: &[u8]) {
    const MARK: &[u8] = b"~~~";
    static SERVER: OnceLock<Server> = OnceLock::new();
    let server = SERVER.get_or_init(|| Server::start(ends_post));
    match input.windows(MARK.len()).rposition(|bytes| bytes == MARK) {
        Some(at) => answered(server, &input[..at], &input[at + MARK.len()..]),
        None => answered(server, input, &[]),
    }
}

fn answered(server: &Server, input: &[u8], repeated: &[u8]) {
    // Longer than a line, since each is a write.
    let lines = 4096_usize.div_ceil(repeated.len().max(1));
    server.set(Script {
        answers: vec![input.to_vec()],
        repeated: repeated.repeat(lines),
        ..Script::default()
    });
    // A head that has not ended by then is too long.
    let input = &[input, &repeated.repeat(4 * lines)].concat();
    let client = client(server.address);
    let sent = client.broadcast("room", MESSAGE);
    assert_eq!(server.requests(), 1, "one attempt is one request");
    let status = final_status(input);
    match sent {
        Ok(result) => {
            assert!(matches!(status, Some(200..=299)), "a success, though the status is {status:?}");
            assert_eq!(result.attempts, 1);
            assert!(result.message.len() <= 1024 && !result.message.contains(texts::breaks_line));
            assert!(!texts::shows(&result.message, TOKEN) && !texts::shows(&result.message, MESSAGE));
        }
        Err(error) => {
            tells_the_truth(&error);
            match error.status() {
                Some(seen) => {
                    assert_eq!(Some(seen), status);
                    assert_eq!((error.kind(), error.outcome()), texts::meaning(seen));
                }
                None => {
                    assert!(matches!(error.kind(), ErrorKind::Protocol | ErrorKind::Connection), "{error}");
                    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
                }
            }
        }
    }
}

/// Any bytes as the answer to a query: only peers that were queried, to whom a message can be sent; else an error that tells
/// the truth.
pub(super) fn any_peers(input: &[u8]) {
    static SERVER: OnceLock<Server> = OnceLock::new();
    let server = SERVER.get_or_init(|| Server::start(ends_connect));
    server.set_answer(input);
    let result = client(server.address).list_peers(&PeerQuery::new("room").user_id("ann"));
    assert_eq!(server.requests(), 1, "one attempt is one request");
    let status = final_status(input);
    match result {
        Ok(peers) => {
            assert!(matches!(status, Some(200..=299)), "peers, though the status is {status:?}");
            assert!(
                peers.iter().all(|peer| peer.user_id == "ann" && model::is_name(&peer.peer_id)),
                "{peers:?}"
            );
        }
        Err(error) => {
            is_proper(&error);
            assert!(!error.to_string().contains("message"), "a text about a send: {error}");
            match error.status() {
                Some(seen @ 200..=299) => {
                    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
                    assert_eq!((error.outcome(), Some(seen)), (Outcome::Unknown, status));
                }
                Some(seen) => assert_eq!((error.kind(), error.outcome()), texts::meaning(seen)),
                None => {
                    assert!(matches!(error.kind(), ErrorKind::Protocol | ErrorKind::Connection), "{error}");
                    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
                }
            }
        }
    }
}

/// Any bytes after a proper answer, together with it or later: none is ever taken for the answer to the next message.
pub(super) fn any_surplus(input: &[u8]) {
    const TAKEN: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    const REFUSED: &[u8] = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    static SERVER: OnceLock<Server> = OnceLock::new();
    let server = SERVER.get_or_init(|| Server::start(ends_post));
    let barrier = Arc::new(Barrier::new(2));
    let (surplus, is_late) = match input {
        [b'+', late @ ..] => (late, true),
        _ => (input, false),
    };
    server.set(match is_late {
        true => Script {
            answers: vec![TAKEN.to_vec(), REFUSED.to_vec()],
            late: Some((surplus.to_vec(), Arc::clone(&barrier))),
            ..Script::default()
        },
        false => Script { answers: vec![[TAKEN, surplus].concat(), REFUSED.to_vec()], ..Script::default() },
    });
    let client = client(server.address);
    client.broadcast("room", MESSAGE).expect("the first answer is proper");
    // On a connection of its own, the second message is the first there.
    server.set_answer(REFUSED);
    if is_late {
        barrier.wait();
        barrier.wait();
    }
    let error = client.broadcast("room", MESSAGE).expect_err("the second message was refused");
    tells_the_truth(&error);
    assert!(matches!(error.status(), None | Some(403)), "{error}");
    if surplus.is_empty() {
        assert_eq!(error.status(), Some(403));
    }
}

/// Any bytes of a proxy's, and in the tunnel of a server's: nothing is sent, since no TLS comes about.
pub(super) fn any_tunnel(input: &[u8]) {
    static SERVER: OnceLock<(Server, Client)> = OnceLock::new();
    let (server, client) = SERVER.get_or_init(|| {
        let server = Server::start(ends_connect);
        let authority = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/property_tests/authority.pem");
        let client = builder()
            .base_url("https://server.example/v2")
            .proxy(format!("http://user:the-hunter2@{}", server.address))
            .ca_file(authority);
        (server, client.build().unwrap())
    });
    server.set_answer(input);
    let error = client.broadcast("room", MESSAGE).expect_err("there is no server behind the proxy");
    tells_the_truth(&error);
    let kind = match proxy_status(input) {
        Some(101 | 300..=407 | 409..=428 | 430..=499) => ErrorKind::Configuration,
        _ => ErrorKind::Connection,
    };
    assert_eq!((error.kind(), error.outcome()), (kind, Outcome::NotSent), "{error}");
    assert_eq!((error.status(), server.requests()), (None, 1));
}

/// The status of a proxy's first answer that is not an interim one, if its status line is all there.
fn proxy_status(mut answer: &[u8]) -> Option<u16> {
    loop {
        let end = answer.iter().position(|byte| *byte == b'\n')?;
        let line = answer[..end].trim_ascii_end().strip_prefix(b"HTTP/1.")?;
        let status = match line {
            [b'0'..=b'9', b' ', digits @ ..] if digits.len() == 3 => digits,
            [b'0'..=b'9', b' ', a, b, c, b' ', ..] => &[*a, *b, *c],
            _ => return None,
        };
        match std::str::from_utf8(status).ok()?.parse().ok()? {
            100 | 102..=199 => {
                let end = (0..answer.len())
                    .find(|at| answer[*at..].starts_with(b"\n\r\n") || answer[*at..].starts_with(b"\n\n"))?;
                let length = if answer[end + 1] == b'\r' { 3 } else { 2 };
                answer = &answer[end + length..];
            }
            status => return Some(status),
        }
    }
}

/// The longest that every part of a request's head may be, all at once: it still goes out.
#[test]
fn the_longest_head_is_sent() {
    let server = Server::start(ends_post);
    server.set_answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    let here = format!("http://{}/", server.address);
    let base_url = format!("{here}{}", "v".repeat(1024 - here.len()));
    let pair = Client::builder().access_key("\u{1}".repeat(512)).secret("s".repeat(5000));
    let token = Client::builder().management_token("t".repeat(4096));
    for builder in [pair, token] {
        let builder = builder.base_url(&base_url).max_attempts(1).timeout(HANG).environment(|_| None);
        let client = builder.build().unwrap();
        assert_eq!(client.broadcast(&"r".repeat(64), MESSAGE).unwrap().attempts, 1);
    }
}

fn builder() -> ClientBuilder {
    Client::builder().management_token(TOKEN).max_attempts(1).timeout(HANG).environment(|_| None)
}

fn client(address: SocketAddr) -> Client {
    builder().base_url(format!("http://{address}/v2")).build().unwrap()
}

fn tells_the_truth(error: &Error) {
    assert_ne!(error.kind(), ErrorKind::Internal, "{error}");
    assert_eq!(error.attempts(), 1);
    is_proper(error);
    for text in
        error.details().iter().map(String::as_str).chain(error.server_message()).chain([&*error.to_string()])
    {
        for secret in [TOKEN, MESSAGE, "the-hunter2", "dXNlcjp0aGUtaHVudGVyMg=="] {
            assert!(!texts::shows(text, secret), "{secret} is in {text:?}");
        }
    }
}

/// The status of the first answer that is not an interim one, if its head is all there.
fn final_status(mut answer: &[u8]) -> Option<u16> {
    loop {
        while let [b'\r' | b'\n', rest @ ..] = answer {
            answer = rest;
        }
        let end = (0..answer.len())
            .find(|at| answer[*at..].starts_with(b"\n\r\n") || answer[*at..].starts_with(b"\n\n"))?;
        let line = answer.strip_prefix(b"HTTP/1.1 ").or_else(|| answer.strip_prefix(b"HTTP/1.0 "))?;
        let (digits, after) = line.split_first_chunk::<3>()?;
        if !digits.iter().all(u8::is_ascii_digit) || !matches!(after.first(), Some(b' ' | b'\r' | b'\n')) {
            return None;
        }
        match std::str::from_utf8(digits).ok()?.parse().ok()? {
            100 | 102..=199 => answer = &answer[end + 1..],
            status => return Some(status),
        }
    }
}
