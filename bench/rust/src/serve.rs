//! A static server that is quick enough not to matter: one thread that reads and answers.
//!
//! With a delay, a second thread answers: all delays are equal, so a queue holds the answers in the order in which they
//! are due, and that thread sleeps until each of them. `thread::sleep` is precise to some 60 µs; the timers of event loops
//! count whole milliseconds.

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

/// As long as nginx's would be.
pub const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\n\
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
    /// Milliseconds from the end of a request to its answer.
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

/// An answer that is not due yet.
struct Later {
    due: Instant,
    stream: Arc<TcpStream>,
}

pub fn serve(options: &Options) -> Result<(), Failure> {
    let tls = options.certificates.as_deref().map(tls_config).transpose()?;
    let delay = Duration::from_millis(options.delay_ms);
    let later = (options.delay_ms > 0).then(answer_later);

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
                let answer = |connection: &mut Connection| match &later {
                    None => connection.answer(),
                    Some(later) => {
                        let stream = connection.stream.clone();
                        later.send(Later { due: Instant::now() + delay, stream }).map_err(io::Error::other)
                    }
                };
                if connection.read(answer).is_err() {
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
    /// Reads what there is, and has every request that is whole answered. Fails once the client has closed.
    fn read(&mut self, mut answer: impl FnMut(&mut Self) -> io::Result<()>) -> io::Result<()> {
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
                answer(self)?;
            }
            // A short read has emptied the socket, and epoll tells of what comes next.
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
            // Of the handshake. A socket's buffer holds far more than that.
            while tls.wants_write() {
                tls.write_tls(&mut &*self.stream)?;
            }
            if read == 0 {
                return Ok(0);
            }
        }
    }

    fn answer(&mut self) -> io::Result<()> {
        let Some(tls) = &mut self.tls else { return (&*self.stream).write_all(ANSWER) };
        tls.writer().write_all(ANSWER)?;
        while tls.wants_write() {
            tls.write_tls(&mut &*self.stream)?;
        }
        Ok(())
    }
}

/// Starts the thread that answers what is sent to it, in that order.
fn answer_later() -> mpsc::Sender<Later> {
    let (sender, receiver) = mpsc::channel::<Later>();
    thread::spawn(move || {
        for Later { due, stream } in receiver {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            // Whoever has gone since needs no answer.
            let _ = (&*stream).write_all(ANSWER);
        }
    });
    sender
}

/// The length of the request that `input` begins with, once all of it is there.
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
