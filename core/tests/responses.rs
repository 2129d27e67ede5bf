//! Responses at odd moments, and of odd lengths, in plain text and over TLS.
#![cfg(unix)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use rcgen::{CertifiedKey, KeyPair};
use roomcast::{Client, Error, ErrorKind, Outcome, Request, SendResult};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{WantsServerCert, WebPkiClientVerifier};
use rustls::{ConfigBuilder, RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use socket2::SockRef;

/// No test waits longer than this for what must happen.
const HANG: Duration = Duration::from_secs(60);
/// Larger than what the system buffers for a server that does not read.
const SIZES: [usize; 2] = [300_000, 1_000_000];
/// What a real network has. Over loopback's segments of 64 KiB, a client's buffer takes the longest message at once.
const SEGMENT: u32 = 1400;
const RECEIVE_BUFFER: usize = 16 * 1024;
const REFUSED: &str = "HTTP/1.1 413 Too Large\r\nContent-Length: 22\r\n\r\n{\"message\":\"too long\"}";
const ACCEPTED: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

type Way = fn(&Client, &str) -> Result<SendResult, Error>;
/// A send in each way: waited for, and started.
const WAYS: [Way; 2] = [
    |client, message| client.broadcast("room", message),
    |client, message| {
        let (done, result) = mpsc::channel();
        client.start_message(&Request::new("room", message), move |result| done.send(result).unwrap())?;
        result.recv_timeout(HANG).expect("a started send always completes")
    },
];

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

struct Server {
    address: SocketAddr,
    ca_file: Option<PathBuf>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Serves each connection with `serve`; over TLS, if a name for the certificate's file is given.
    fn start(tls: Option<&str>, serve: fn(&mut dyn Stream)) -> Server {
        Server::start_with(tls.map(certificate), serve)
    }

    fn start_with(certified: Option<(PathBuf, Arc<ServerConfig>)>, serve: fn(&mut dyn Stream)) -> Server {
        let ca_file = certified.as_ref().map(|(file, _)| file.clone());
        let config = certified.map(|(_, config)| config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        // Not every system lets a listening socket choose.
        let _ = SockRef::from(&listener).set_tcp_mss(SEGMENT);
        SockRef::from(&listener).set_recv_buffer_size(RECEIVE_BUFFER).unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = connections.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, config) = (stream.unwrap(), config.clone());
                count.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || serve(&mut *wrap(stream, config)));
            }
        });
        Server { address, ca_file, connections }
    }

    fn client(&self) -> Client {
        let builder = Client::builder().management_token("token").environment(|_| None).max_attempts(1);
        // Far below a hang, and far above what an answer over loopback takes.
        let builder = builder.timeout(Duration::from_secs(20));
        match &self.ca_file {
            Some(file) => {
                builder.ca_file(file).base_url(format!("https://localhost:{}/v2", self.address.port()))
            }
            None => builder.base_url(format!("http://{}/v2", self.address)),
        }
        .build()
        .unwrap()
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn wrap(stream: TcpStream, config: Option<Arc<ServerConfig>>) -> Box<dyn Stream> {
    match config {
        Some(config) => Box::new(StreamOwned::new(ServerConnection::new(config).unwrap(), stream)),
        None => Box::new(stream),
    }
}

/// A certificate of its own for localhost: its file, and a server's configuration with it.
fn certificate(name: &str) -> (PathBuf, Arc<ServerConfig>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth();
    certified(name, &made, config)
}

fn certified(
    name: &str,
    made: &CertifiedKey<KeyPair>,
    config: ConfigBuilder<ServerConfig, WantsServerCert>,
) -> (PathBuf, Arc<ServerConfig>) {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.pem"));
    std::fs::write(&file, made.cert.pem()).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = config.with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    (file, Arc::new(config))
}

/// Reads the head of a request; of its body little more. Returns how much of the body is missing, none if the client closed.
fn read_head(stream: &mut dyn Stream) -> Option<usize> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    Some(length.parse().unwrap())
}

fn read_body(stream: &mut dyn Stream, mut missing: usize) {
    let mut chunk = [0; 65536];
    while missing > 0 {
        match stream.read(&mut chunk[..missing.min(65536)]) {
            Ok(0) | Err(_) => return,
            Ok(read) => missing -= read,
        }
    }
}

/// Waits until the client closes, and reads nothing before.
fn hold(stream: &mut dyn Stream) {
    thread::sleep(HANG);
    let _ = stream.read(&mut [0]);
}

/// So long that a client, which can write no more, waits.
fn let_the_client_block() {
    thread::sleep(Duration::from_millis(150));
}

/// Answers after the head, then reads the body and keeps the connection, as nginx does.
fn refuse_and_drain(stream: &mut dyn Stream) {
    while let Some(length) = read_head(stream) {
        if stream.write_all(REFUSED.as_bytes()).is_err() {
            return;
        }
        let_the_client_block();
        read_body(stream, length);
    }
}

/// The same once the client can write no more.
fn block_then_refuse_and_drain(stream: &mut dyn Stream) {
    let Some(length) = read_head(stream) else { return };
    let_the_client_block();
    stream.write_all(REFUSED.as_bytes()).unwrap();
    let_the_client_block();
    read_body(stream, length);
    hold(stream);
}

/// Answers after the head, and reads no more.
fn refuse_and_stop(stream: &mut dyn Stream) {
    read_head(stream);
    let_the_client_block();
    stream.write_all(REFUSED.as_bytes()).unwrap();
    hold(stream);
}

/// Says 200 to half a request, then reads the rest.
fn accept_early(stream: &mut dyn Stream) {
    let Some(length) = read_head(stream) else { return };
    stream.write_all(ACCEPTED.as_bytes()).unwrap();
    let_the_client_block();
    read_body(stream, length);
    hold(stream);
}

/// An interim response to half a request, then the final one to the whole request; the same for the next.
fn continue_early(stream: &mut dyn Stream) {
    while let Some(length) = read_head(stream) {
        if length > 100_000 {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
            let_the_client_block();
        }
        read_body(stream, length);
        stream.write_all(ACCEPTED.as_bytes()).unwrap();
    }
}

fn refused_at_once(name: &str, serve: fn(&mut dyn Stream)) {
    for tls in [None, Some(name)] {
        for (index, way) in WAYS.iter().enumerate() {
            for size in SIZES {
                let server = Server::start(tls, serve);
                let error = way(&server.client(), &"x".repeat(size)).unwrap_err();
                let what = format!("way {index}, {size} bytes, tls {}: {error}", tls.is_some());
                assert_eq!((error.status(), error.outcome()), (Some(413), Outcome::Rejected), "{what}");
                assert_eq!(error.server_message(), Some("too long"), "{what}");
            }
        }
    }
}

#[test]
fn an_early_refusal_is_reported_though_the_server_reads_the_rest() {
    refused_at_once("early-drain", refuse_and_drain);
}

#[test]
fn an_early_refusal_is_reported_to_a_send_that_waits_to_write() {
    refused_at_once("early-blocked", block_then_refuse_and_drain);
}

#[test]
fn an_early_refusal_is_reported_though_the_server_reads_no_more() {
    refused_at_once("early-stop", refuse_and_stop);
}

#[test]
fn an_early_success_is_not_believed() {
    for tls in [None, Some("early-success")] {
        for way in WAYS {
            let server = Server::start(tls, accept_early);
            let error = way(&server.client(), &"x".repeat(1_000_000)).unwrap_err();
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Protocol, Outcome::Unknown), "{error}");
        }
    }
}

#[test]
fn a_connection_on_which_something_arrived_early_is_not_used_again() {
    for tls in [None, Some("early-continue")] {
        for way in WAYS {
            let server = Server::start(tls, continue_early);
            let client = server.client();
            for connections in [1, 2, 2] {
                let size = if connections == 1 { 1_000_000 } else { 10 };
                assert_eq!(way(&client, &"x".repeat(size)).unwrap().attempts, 1);
                assert_eq!(server.connections(), connections);
            }
        }
    }
}

/// In TLS 1.3 a server asks for a client's certificate after the client has ended its handshake.
#[test]
fn a_tls_alert_after_the_handshake_is_reported_by_its_name() {
    for way in WAYS {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier.build().unwrap());
        let server = Server::start_with(Some(certified("alert", &made, config)), |stream| {
            let _ = stream.read(&mut [0]);
            // The alert was written; a close with input unread would be a reset, which may overtake it.
            let_the_client_block();
        });
        let error = way(&server.client(), "hi").unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::Unknown), "{error}");
        let text = error.to_string();
        assert!(
            text.contains("the server ended the connection with the TLS alert CertificateRequired"),
            "{text}"
        );
    }
}
