//! A proxy that refuses: its refusal is reported immediately, once, and as what it is.

mod common;

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use common::{HANG, Server};
use roomcast::{Client, Error, ErrorKind, Outcome, Request};

/// Sends through the proxy, waiting for it, and without.
fn refused(proxy: &Server) -> [Error; 2] {
    let client = Client::builder()
        .management_token("token")
        .base_url("https://server.example/v2")
        .proxy(format!("http://user:the-password@{}", proxy.address()))
        .timeout(HANG);
    let client = client.build().unwrap();
    let (done, result) = mpsc::channel();
    let _ = client.start_message(&Request::new("room", "hi"), move |result| done.send(result).unwrap());
    let started = result.recv_timeout(2 * HANG).expect("a started send always completes");
    [client.broadcast("room", "hi").unwrap_err(), started.unwrap_err()]
}

/// A proxy that answers each request alike, and how many requests it got.
fn proxy(answer: String, keeps_connection: bool) -> (Server, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let server = Server::start(move |stream: &mut TcpStream, _: &str| {
        counter.fetch_add(1, Ordering::SeqCst);
        stream.write_all(answer.as_bytes()).is_ok() && keeps_connection
    });
    (server, asked)
}

fn with_page(status: &str) -> String {
    let page = format!("<html>{}</html>\n", "you need a password ".repeat(60));
    format!(
        "HTTP/1.1 {status}\r\nServer: squid/5.7\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\
         Proxy-Authenticate: Basic realm=\"x\"\r\nConnection: keep-alive\r\n\r\n{page}",
        page.len()
    )
}

#[test]
fn a_refusal_with_a_body_is_a_configuration_error_after_one_attempt() {
    for (status, advice) in [
        ("407 Proxy Authentication Required", "Check the proxy's user name and password."),
        ("403 Forbidden", "Check that the proxy permits connections to the base URL's host."),
        ("302 Found", "Check that the proxy permits connections to the base URL's host."),
    ] {
        for keeps_connection in [true, false] {
            let (proxy, asked) = proxy(with_page(status), keeps_connection);
            for error in refused(&proxy) {
                assert_eq!((error.kind(), error.outcome()), (ErrorKind::Configuration, Outcome::NotSent));
                assert_eq!((error.attempts(), error.status()), (1, None));
                assert_eq!(
                    error.to_string(),
                    format!(
                        "configuration: the proxy {} answered {}. Nothing was sent. {advice}",
                        proxy.address(),
                        &status[..3]
                    )
                );
            }
            assert_eq!(asked.load(Ordering::SeqCst), 2, "one CONNECT of each send");
        }
    }
}

#[test]
fn a_proxy_that_is_overloaded_or_cannot_reach_the_server_is_asked_again() {
    for status in ["503 Service Unavailable", "502 Bad Gateway", "504 Gateway Timeout", "429 Too Many"] {
        let (proxy, asked) = proxy(with_page(status), true);
        for error in refused(&proxy) {
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::NotSent));
            assert_eq!((error.attempts(), error.status()), (3, None));
            let wanted = format!("the proxy {} answered {}", proxy.address(), &status[..3]);
            assert!(error.to_string().contains(&wanted), "{error}");
        }
        assert_eq!(asked.load(Ordering::SeqCst), 6);
    }
}

#[test]
fn what_is_no_http_proxy_is_reported_immediately() {
    for banner in ["SSH-2.0-OpenSSH_9.6\r\n", "\x15\x03\x01\0\x02\x02\x46", "220 mail.example ESMTP\r\n"] {
        let (proxy, asked) = proxy(banner.to_owned(), true);
        for error in refused(&proxy) {
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1), "{error}");
            assert!(error.to_string().contains("the proxy's answer is not HTTP"), "{error}");
        }
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }
}
