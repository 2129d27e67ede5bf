//! A tunnel through an HTTP proxy: CONNECT, RFC 9110 section 9.3.6.

use std::io::{Read, Write};

use super::failure::{Failure, FailureKind};
use super::proxy::Proxy;

const ASKING: &str = "asking the proxy";
/// The longest response of a proxy, in bytes.
const MAX_RESPONSE: usize = 8 * 1024;

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

    let mut response = Vec::with_capacity(512);
    let mut chunk = [0; 512];
    while !response.ends_with(b"\r\n\r\n") {
        if response.len() > MAX_RESPONSE {
            return Err(refused("the proxy's answer is too long"));
        }
        let read = wire.read(&mut chunk).map_err(|error| Failure::connect(ASKING, &error))?;
        if read == 0 {
            return Err(Failure::new(FailureKind::Connect, "the proxy closed the connection"));
        }
        response.extend_from_slice(&chunk[..read]);
    }
    match status(&response) {
        Some(200..=299) => Ok(()),
        Some(status) => Err(refused(&format!("the proxy answered {status}"))),
        None => Err(refused("the proxy's answer is not HTTP")),
    }
}

fn status(response: &[u8]) -> Option<u16> {
    let rest = response.strip_prefix(b"HTTP/1.")?;
    let digits = std::str::from_utf8(rest.get(2..5)?).ok()?;
    digits.parse().ok().filter(|_| rest.get(5).is_some_and(|b| matches!(b, b' ' | b'\r')))
}

fn refused(text: &str) -> Failure {
    Failure::new(FailureKind::Refused, text)
}

#[cfg(test)]
mod tests {
    use super::status;

    #[test]
    fn statuses() {
        assert_eq!(status(b"HTTP/1.1 200 OK\r\n\r\n"), Some(200));
        assert_eq!(status(b"HTTP/1.0 407\r\n\r\n"), Some(407));
        for odd in ["", "HTTP/1.1", "HTTP/1.1 20", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/2 200 OK\r\n\r\n"] {
            assert_eq!(status(odd.as_bytes()), None, "{odd}");
        }
    }
}
