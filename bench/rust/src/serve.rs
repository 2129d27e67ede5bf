//! A static server with little overhead: one thread reads requests and writes responses.
//!
//! With a delay, a second thread writes them. All delays are equal, so a queue holds the responses in the order in which
//! they are due, and the thread sleeps until each one. `thread::sleep` is precise to about 60 µs, while the timers of event
//! loops have a resolution of a millisecond.

use std::collections::HashMap;
use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};

use crate::Failure;

/// Of the same length as nginx's response.
pub const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\n\
    Server: bench/0.0.0\r\n\
    Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n\
    Content-Type: application/json\r\n\
    Content-Length: 26\r\n\
    Connection: keep-alive\r\n\
    \r\n\
    {\"message\":\"message sent\"}";

const LISTENER: Token = Token(0);

#[derive(clap::Args)]
pub struct Options {
    /// Milliseconds from the end of a request to its response.
    #[arg(long, default_value_t = 0, conflicts_with = "certificates")]
    delay_ms: u64,
    /// Serves TLS with cert.pem and key.pem of this directory.
    #[arg(long)]
    certificates: Option<PathBuf>,
}

struct Connection {
    stream: Arc<TcpStream>,
    tls: Option<ServerConnection>,
    input: Vec<u8>,
}

/// A response that is not due yet.
struct DelayedResponse {
    due: Instant,
    stream: Arc<TcpStream>,
}

pub fn serve(options: &Options) -> Result<(), Failure> {
    let tls = options.certificates.as_deref().map(tls_config).transpose()?;
    let delay = Duration::from_millis(options.delay_ms);
    let delayed = (options.delay_ms > 0).then(start_delayed_writer);

    let mut listener = TcpListener::bind("127.0.0.1:0".parse()?)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    println!("{scheme}://{}/v2", listener.local_addr()?);

    let mut poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut connections = HashMap::<Token, Connection>::new();
    let mut last = LISTENER.0;
    let mut events = Events::with_capacity(1024);
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            polled => polled?,
        }
        for event in &events {
            if event.token() != LISTENER {
                let Some(connection) = connections.get_mut(&event.token()) else { continue };
                let respond = |connection: &mut Connection| match &delayed {
                    None => connection.respond(),
                    Some(delayed) => {
                        let stream = connection.stream.clone();
                        delayed
                            .send(DelayedResponse { due: Instant::now() + delay, stream })
                            .map_err(io::Error::other)
                    }
                };
                if connection.read(respond).is_err() {
                    connections.remove(&event.token());
                }
                continue;
            }
            while let Some(mut stream) = accepted(&listener)? {
                last += 1;
                stream.set_nodelay(true)?;
                poll.registry().register(&mut stream, Token(last), Interest::READABLE)?;
                let tls = tls.clone().map(ServerConnection::new).transpose()?;
                let connection = Connection { stream: Arc::new(stream), tls, input: Vec::new() };
                connections.insert(Token(last), connection);
            }
        }
    }
}

fn accepted(listener: &TcpListener) -> io::Result<Option<TcpStream>> {
    match listener.accept() {
        Ok((stream, _)) => Ok(Some(stream)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

impl Connection {
    /// Reads available bytes, and responds to every complete request. Fails once the client has closed.
    fn read(&mut self, mut respond: impl FnMut(&mut Self) -> io::Result<()>) -> io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        loop {
            let read = match self.read_some(&mut buffer) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            self.input.extend_from_slice(&buffer[..read]);
            while let Some(length) = request_length(&self.input)? {
                self.input.drain(..length);
                respond(self)?;
            }
            // A short read has emptied the socket; epoll reports later bytes.
            if read < buffer.len() && self.tls.is_none() {
                return Ok(());
            }
        }
    }

    fn read_some(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else { return (&*self.stream).read(buffer) };
        loop {
            match tls.reader().read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return read,
            }
            let read = tls.read_tls(&mut &*self.stream)?;
            tls.process_new_packets().map_err(io::Error::other)?;
            // Handshake messages, which always fit into the socket's buffer.
            while tls.wants_write() {
                tls.write_tls(&mut &*self.stream)?;
            }
            if read == 0 {
                return Ok(0);
            }
        }
    }

    fn respond(&mut self) -> io::Result<()> {
        let Some(tls) = &mut self.tls else { return (&*self.stream).write_all(RESPONSE) };
        tls.writer().write_all(RESPONSE)?;
        while tls.wants_write() {
            tls.write_tls(&mut &*self.stream)?;
        }
        Ok(())
    }
}

/// Starts the thread that writes the responses of its queue in order.
fn start_delayed_writer() -> mpsc::Sender<DelayedResponse> {
    let (sender, receiver) = mpsc::channel::<DelayedResponse>();
    thread::spawn(move || {
        for DelayedResponse { due, stream } in receiver {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            // An error means that the client has disconnected.
            let _ = (&*stream).write_all(RESPONSE);
        }
    });
    sender
}

/// The length of the first request in `input`, if it is complete.
pub fn request_length(input: &[u8]) -> io::Result<Option<usize>> {
    let bad = |what: &str| io::Error::new(ErrorKind::InvalidData, what.to_owned());
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head) = request.parse(input).map_err(|_| bad("not HTTP"))? else {
        return Ok(None);
    };
    let body = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let body = body.and_then(|header| str::from_utf8(header.value).ok()?.parse::<usize>().ok());
    let length = head + body.ok_or_else(|| bad("a request without a length"))?;
    Ok((input.len() >= length).then_some(length))
}

fn tls_config(directory: &Path) -> Result<Arc<ServerConfig>, Failure> {
    let certificate = CertificateDer::from_pem_slice(&fs::read(directory.join("cert.pem"))?)?;
    let key = PrivateKeyDer::from_pem_slice(&fs::read(directory.join("key.pem"))?)?;
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key)?;
    Ok(Arc::new(config))
}
