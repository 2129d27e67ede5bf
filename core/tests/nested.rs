//! Responses that are nested deep: they are parsed on the reactor's thread, whose stack is small. In a debug build each level
//! takes the most.

mod common;

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::pin::pin;
use std::sync::mpsc;
use std::task::{Context, Poll, Wake};
use std::{sync::Arc, thread};

use common::{HANG, Server};
use roomcast::{Client, ErrorKind, PeerQuery, Request};

/// One level below the limit of serde_json.
const DEEP: usize = 125;

fn nested(levels: usize, [open, close]: [&str; 2]) -> String {
    format!(
        r#"{{"peers":{{}},"message":"m","details":[{}1{}]}}"#,
        open.repeat(levels - 2),
        close.repeat(levels - 2)
    )
}

const ARRAYS: [&str; 2] = ["[", "]"];
const OBJECTS: [&str; 2] = [r#"{"a":"#, "}"];

fn answer(stream: &mut TcpStream, status: u16, body: &str) -> bool {
    let answer = format!("HTTP/1.1 {status} \r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(answer.as_bytes()).is_ok()
}

#[test]
fn a_send_whose_refusal_is_nested_deep_fails_with_the_status() {
    for kind in [ARRAYS, OBJECTS] {
        for (levels, message) in [(DEEP, None), (100_000, None), (33, None), (32, Some("m"))] {
            let server = Server::start(move |stream, _| answer(stream, 400, &nested(levels, kind)));
            let client = server.client().build().unwrap();
            let (done, result) = mpsc::channel();
            let _ = client.start_message(&Request::new("room", "hi"), move |r| done.send(r).unwrap());
            let error = result.recv_timeout(HANG).expect("a started send always completes").unwrap_err();
            assert_eq!((error.kind(), error.status()), (ErrorKind::Rejected, Some(400)));
            assert_eq!(error.server_message(), message, "{levels} levels");
        }
    }
}

struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[test]
fn a_list_of_peers_that_is_nested_deep_is_refused() {
    for (levels, text) in [
        (DEEP, Some("the answer is nested more than 32 deep (line 1, column ")),
        (33, Some("the answer is nested more than 32 deep (line 1, column ")),
        (32, None),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}/v2", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
            answer(&mut stream, 200, &nested(levels, OBJECTS));
        });
        let client = Client::builder().management_token("token").base_url(base_url).timeout(HANG);
        let client = client.build().unwrap();
        let mut peers = pin!(client.list_peers_async(&PeerQuery::new("room")));
        let waker = Arc::new(Unpark(thread::current())).into();
        let result = loop {
            match std::future::Future::poll(peers.as_mut(), &mut Context::from_waker(&waker)) {
                Poll::Ready(result) => break result,
                Poll::Pending => thread::park(),
            }
        };
        match text {
            None => assert_eq!(result.unwrap(), []),
            Some(text) => {
                let error = result.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Protocol);
                assert!(error.to_string().contains(text), "{error}");
            }
        }
        server.join().unwrap();
    }
}
