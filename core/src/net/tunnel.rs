//! A tunnel through an HTTP proxy: CONNECT, RFC 9110 section 9.3.6.

use std::io::{Read, Write};

use super::failure::{Failure, FailureKind};
use super::proxy::Proxy;

const ASKING: &str = "asking the proxy";
/// The longest head of a proxy's response, in bytes.
const MAX_RESPONSE: usize = 8 * 1024;
/// The most that is read at once, in bytes.
const CHUNK: usize = 512;

/// Asks the proxy behind `wire` for a tunnel to the host.
pub(super) fn open(
    wire: &mut (impl Read + Write),
    proxy: &Proxy,
    host: &str,
    port: u16,
) -> Result<(), Failure> {
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let mut request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n");
    if let Some(authorization) = &proxy.authorization {
        request.push_str("Proxy-Authorization: ");
        request.push_str(authorization);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    wire.write_all(request.as_bytes()).map_err(|error| Failure::connect(ASKING, &error))?;

    read_response(wire, proxy)
}

/// Reads the head of the proxy's response. Of a refusal the status line is enough: what follows it is not waited for.
fn read_response(wire: &mut impl Read, proxy: &Proxy) -> Result<(), Failure> {
    let mut response = Vec::with_capacity(CHUNK);
    let mut chunk = [0; CHUNK];
    let mut received = 0;
    loop {
        let read = wire.read(&mut chunk).map_err(|error| Failure::connect(ASKING, &error))?;
        if read == 0 {
            return Err(Failure::new(FailureKind::Connect, "the proxy closed the connection"));
        }
        response.extend_from_slice(&chunk[..read]);
        received += read;
        // The rest, if an interim response stands before the final one.
        while let Some(status) = status(&response)? {
            if !matches!(status, 100 | 102..=299) {
                return Err(refusal(proxy, status));
            }
            let Some(end) = end_of_head(&response) else { break };
            match (status, end == response.len()) {
                (200.., true) => return Ok(()),
                // In TLS the client speaks first, so this is not from the server.
                (200.., false) => return Err(refused("the proxy sent more than the head of its answer")),
                _ => response.drain(..end),
            };
        }
        if received > MAX_RESPONSE {
            return Err(refused("the proxy's answer is too long"));
        }
    }
}

/// The status, once its line is complete.
///
/// # Errors
/// It is not a status line of HTTP/1, which the first bytes show.
fn status(response: &[u8]) -> Result<Option<u16>, Failure> {
    const VERSION: &[u8] = b"HTTP/1.";
    let compared = VERSION.len().min(response.len());
    if response[..compared] != VERSION[..compared] {
        return Err(not_http());
    }
    let Some(end) = response.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
    let line = response[VERSION.len()..end].trim_ascii_end();
    let status = match line {
        [b'0'..=b'9', b' ', status @ ..] => status,
        _ => return Err(not_http()),
    };
    let (digits, rest) = status.split_at(status.len().min(3));
    match std::str::from_utf8(digits).map(str::parse) {
        Ok(Ok(status @ 100..=599)) if rest.is_empty() || rest.starts_with(b" ") => Ok(Some(status)),
        _ => Err(not_http()),
    }
}

/// Where the head ends: after its first empty line.
fn end_of_head(response: &[u8]) -> Option<usize> {
    let mut line_start = 0;
    for (at, _) in response.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
        if matches!(&response[line_start..at], b"" | b"\r") {
            return Some(at + 1);
        }
        line_start = at + 1;
    }
    None
}

/// What a status other than 2xx means: the proxy is overloaded or does not reach the server now, which a retry may find
/// mended; or somebody has to change something.
fn refusal(proxy: &Proxy, status: u16) -> Failure {
    let kind = match status {
        407 => FailureKind::Configuration("Check the proxy's user name and password."),
        408 | 429 | 500.. => FailureKind::Connect,
        _ => FailureKind::Configuration("Check that the proxy permits connections to the base URL's host."),
    };
    Failure::new(kind, format!("the proxy {proxy:?} answered {status}"))
}

fn not_http() -> Failure {
    refused("the proxy's answer is not HTTP")
}

fn refused(text: &str) -> Failure {
    Failure::new(FailureKind::Refused, text)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::io;

    use super::*;

    /// A proxy whose answer arrives in pieces, and that then keeps the connection.
    struct Pieces(VecDeque<Vec<u8>>);

    impl Read for Pieces {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let piece = self.0.pop_front().ok_or(io::ErrorKind::TimedOut)?;
            buf[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    impl Write for Pieces {
        fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
            Ok(buf.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn proxy() -> Proxy {
        let authorization = Some("Basic the-password".into());
        Proxy { host: "2001:db8::1".into(), port: 3128, authorization }
    }

    /// What each way of cutting the answer into pieces gives, which is always the same.
    fn ask(answer: &str) -> Result<(), Failure> {
        let ask = |size: usize| {
            let pieces = answer.as_bytes().chunks(size).map(<[u8]>::to_vec).collect();
            open(&mut Pieces(pieces), &proxy(), "server.example", 443)
        };
        let whole = ask(CHUNK);
        for size in [1, 2, 3, 7, 100] {
            assert_eq!(format!("{:?}", ask(size)), format!("{whole:?}"), "{answer:?} in pieces of {size}");
        }
        whole
    }

    #[test]
    fn a_tunnel_opens_with_any_2xx() {
        for answer in [
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.0 200\r\n\r\n",
            "HTTP/1.1 200 Connection established\r\nVia: a\r\nContent-Length: 5\r\n\r\n",
            "HTTP/1.1 299 \n\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 \r\na: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        ] {
            ask(answer).unwrap();
        }
    }

    #[test]
    fn a_refusal_is_known_from_its_status_line() {
        for rest in
            ["", "Content-Length: 9\r\n", "\r\n", "Content-Length: 9\r\n\r\n<html>", "\r\n\r\nmore\r\n\r\n"]
        {
            for (status, retried) in [
                (301, false),
                (400, false),
                (403, false),
                (407, false),
                (101, false),
                (408, true),
                (429, true),
            ]
            .into_iter()
            .chain((500..600).map(|status| (status, true)))
            {
                let failure = ask(&format!("HTTP/1.1 {status} Some reason\r\n{rest}")).unwrap_err();
                assert_eq!(failure.text, format!("the proxy [2001:db8::1]:3128 answered {status}"));
                assert_eq!(failure.kind == FailureKind::Connect, retried, "{status}");
                assert_eq!(matches!(failure.kind, FailureKind::Configuration(_)), !retried, "{status}");
            }
        }
    }

    #[test]
    fn what_is_not_http_is_known_from_its_first_bytes() {
        for odd in [
            "x",
            "HTTP/2 200 OK\r\n\r\n",
            "HTTP/1.1 20\r\n",
            "HTTP/1.1 2000 OK\r\n",
            "HTTP/1.1  200 OK\r\n",
            "HTTP/1.1 +20 OK\r\n",
            "HTTP/1.1 099 OK\r\n",
            "HTTP/1.1 600 OK\r\n",
            "HTTP/1.1\n",
            "HTTP/1.11 200\n",
        ] {
            let failure = ask(odd).unwrap_err();
            assert_eq!(failure.text, "the proxy's answer is not HTTP", "{odd:?}");
        }
    }

    #[test]
    fn an_answer_has_an_end() {
        for endless in ["X-Y: z\r\n", "\r\nHTTP/1.1 100 \r\n", "x"] {
            let failure = ask(&format!("HTTP/1.1 100 \r\n{}", endless.repeat(MAX_RESPONSE))).unwrap_err();
            assert_eq!(failure.text, "the proxy's answer is too long");
        }
        let answer = b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n".to_vec();
        let failure = read_response(&mut Pieces([answer].into()), &proxy()).unwrap_err();
        assert_eq!(failure.text, "the proxy sent more than the head of its answer");
    }
}
