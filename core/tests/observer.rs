//! What an observer is told of operations: as many attempts as the server saw, how they ended, and nothing secret.

mod common;

use std::borrow::Cow;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use common::{HANG, Server, ok};
use roomcast::{
    ApiRequest, Batch, BatchOptions, CallContext, Client, ErrorKind, Observer, OperationEvent, OperationInfo,
    PeerQuery, Request, TraceRecorder,
};

/// The events as lines, each with everything that it says.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<(u64, String, String)>>>);

impl Observer for Lines {
    fn on_event(&self, operation: &OperationInfo<'_>, event: &OperationEvent<'_>) {
        let name = match event {
            OperationEvent::Started => "started".to_owned(),
            OperationEvent::AttemptStarted { attempt } => format!("attempt {attempt}"),
            OperationEvent::AttemptEnded { attempt, metrics, .. } => {
                let connection = if metrics.connected.is_some() { "new" } else { "kept" };
                format!("ended {attempt} {connection} {:?}", metrics.status)
            }
            OperationEvent::Retrying { attempt, .. } => format!("retrying {attempt}"),
            OperationEvent::Ended { attempts, error, .. } => {
                format!("done {attempts} {:?}", error.map(|error| error.kind()))
            }
            _ => "?".to_owned(),
        };
        self.0.lock().unwrap().push((operation.id, name, format!("{operation:?} {event:?}")));
    }
}

impl Lines {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap()).into_iter().map(|(_, name, _)| name).collect()
    }
}

fn refuse_once() -> Server {
    let refused = Mutex::new(false);
    Server::start(move |stream, _| {
        let first = !std::mem::replace(&mut *refused.lock().unwrap(), true);
        match first {
            true => {
                stream.write_all(b"HTTP/1.1 429 Slow\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n").is_ok()
            }
            false => ok(stream),
        }
    })
}

type Way = fn(&Client, Request) -> Result<(), roomcast::Error>;

/// On the caller's thread, and started.
const WAYS: [Way; 2] = [
    |client, request| client.send_message(&request).map(drop),
    |client, request| {
        let (done, result) = mpsc::channel();
        client.start_message(&request, move |result| done.send(result).unwrap())?;
        result.recv_timeout(HANG).unwrap().map(drop)
    },
];

#[test]
fn each_attempt_is_told_once_with_its_connection_and_status() {
    for way in WAYS {
        let (server, lines) = (refuse_once(), Lines::default());
        let client = server.client().observer(lines.clone()).build().unwrap();
        way(&client, Request::new("room", "the text").peer_id("p")).unwrap();
        assert_eq!(
            lines.take(),
            [
                "started",
                "attempt 1",
                "ended 1 new Some(429)",
                "retrying 1",
                "attempt 2",
                "ended 2 kept Some(200)",
                "done 2 None"
            ]
        );
        assert_eq!(server.bodies().len(), 2);
    }
}

#[test]
fn failures_are_told_and_nothing_secret_is() {
    for way in WAYS {
        let lines = Lines::default();
        let server = Server::start(|_, _| false);
        let client = server.client().observer(lines.clone()).build().unwrap();
        let request = Request::new("room", "the text").role("host");
        assert_eq!(way(&client, request).unwrap_err().kind(), ErrorKind::Connection);
        for (_, _, line) in &*lines.0.lock().unwrap() {
            for secret in ["the text", "secret", "Bearer", "eyJ"] {
                assert!(!line.contains(secret), "{line}");
            }
            assert!(
                line.contains("recipient: Some(\"role\")") && line.contains("room_id: \"room\""),
                "{line}"
            );
        }
        assert_eq!(lines.take(), ["started", "attempt 1", "ended 1 new None", "done 1 Some(Connection)"]);
        // What does not begin has no events.
        way(&client, Request::new("room", " ")).unwrap_err();
        assert_eq!(lines.take(), [""; 0]);
    }
}

#[test]
fn a_cancelled_operation_ends_too() {
    let lines = Lines::default();
    let server = Server::start(|_, _| true);
    let client = server.client().observer(lines.clone()).max_in_flight(1).build().unwrap();
    let pending: Vec<_> =
        (0..2).map(|_| client.start_message(&Request::new("room", "hi"), |_| ()).unwrap()).collect();
    server.wait_for(1);
    // The queued one first: otherwise it may begin in the place of the other.
    pending.iter().rev().for_each(roomcast::Pending::cancel);
    assert!(client.drain(HANG));
    while lines.0.lock().unwrap().iter().filter(|(_, name, _)| name.starts_with("done")).count() < 2 {
        thread::yield_now();
    }
    let mut ends: Vec<_> = lines.take().into_iter().filter(|name| name.starts_with("done")).collect();
    ends.sort();
    assert_eq!(ends, ["done 0 Some(Cancelled)", "done 1 Some(Cancelled)"]);
}

#[test]
fn an_attempt_that_a_drain_cancels_ends_with_what_it_took() {
    let server = Server::start(|_, _| true);
    let client = server.client().build().unwrap();
    let recorder = Arc::new(TraceRecorder::default());
    let request = Request::new("room", "hi");
    let operation = ApiRequest::SendMessage(Cow::Borrowed(&request)).into();
    let context = CallContext::default().observer(recorder.clone());
    let (done, result) = mpsc::channel();
    client.start_in(context, operation, move |result| done.send(result).unwrap()).unwrap();
    server.wait_for(1);
    assert!(!client.drain(Duration::ZERO));
    assert_eq!(result.recv_timeout(HANG).unwrap().unwrap_err().attempts(), 1);
    let trace = recorder.trace();
    let [attempt] = &trace.attempts[..] else { panic!("{trace:?}") };
    assert_eq!(attempt.error.as_ref().map(|error| error.kind()), Some(ErrorKind::Cancelled));
    assert!(attempt.metrics.request_bytes > 100 && attempt.metrics.connected.is_some(), "{attempt:?}");
}

#[test]
fn an_attempt_that_is_cancelled_while_it_connects_ends_too() {
    // It answers no TLS handshake.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("https://{}", silent.local_addr().unwrap());
    let lines = Lines::default();
    let client = Client::builder().management_token("t").base_url(base_url).timeout(HANG);
    let client = client.observer(lines.clone()).build().unwrap();
    let pending = client.start_message(&Request::new("room", "hi"), |_| ()).unwrap();
    while !lines.0.lock().unwrap().iter().any(|(_, name, _)| name == "attempt 1") {
        thread::yield_now();
    }
    pending.cancel();
    while !lines.0.lock().unwrap().iter().any(|(_, name, _)| name.starts_with("done")) {
        thread::yield_now();
    }
    let lines = lines.take();
    assert!(lines.iter().any(|name| name.starts_with("ended 1 ")), "{lines:?}");
}

#[test]
fn an_observer_that_panics_changes_nothing() {
    struct Panics;
    impl Observer for Panics {
        fn on_event(&self, _: &OperationInfo<'_>, _: &OperationEvent<'_>) {
            panic!("on purpose");
        }
    }
    let server = refuse_once();
    let client = server.client().observer(Panics).build().unwrap();
    for way in WAYS {
        way(&client, Request::new("room", "hi")).unwrap();
    }
}

#[test]
fn a_recorder_keeps_one_operation() {
    let server = refuse_once();
    let client = server.client().build().unwrap();
    let recorder = Arc::new(TraceRecorder::default());
    let request = Request::new("room", "hi");
    let context = CallContext::default().observer(recorder.clone());
    client.execute_in(context, ApiRequest::SendMessage(Cow::Borrowed(&request)).into()).unwrap();
    let trace = recorder.trace();
    assert_eq!(
        (trace.method, trace.room_id.as_str(), trace.recipient),
        ("send_message", "room", Some("everyone"))
    );
    assert_eq!((trace.http_method, trace.path.as_str()), ("POST", "/v2/active-rooms/room/send-message"));
    assert_eq!((trace.server_address.as_str(), trace.server_port), ("127.0.0.1", server.address().port()));
    let [first, second] = &trace.attempts[..] else { panic!("{trace:?}") };
    assert_eq!(
        (first.metrics.status, first.error.as_ref().map(|error| error.kind())),
        (Some(429), Some(ErrorKind::RateLimited))
    );
    assert!(first.metrics.connected.is_some() && first.retry_wait.is_some() && second.retry_wait.is_none());
    assert_eq!((second.metrics.status, second.metrics.connected), (Some(200), None));
    assert!(
        second.started >= first.started + first.metrics.elapsed
            && trace.elapsed.unwrap() >= second.metrics.elapsed
    );
    assert!(
        first.metrics.write.is_some()
            && first.metrics.wait.is_some()
            && first.metrics.request_bytes > 100
            && first.metrics.response_bytes > 20
    );
    assert!(trace.error.is_none());

    let recorder = Arc::new(TraceRecorder::default());
    let query = PeerQuery::new("room").user_id("ann");
    let context = CallContext::default().observer(recorder.clone());
    client.execute_in(context, ApiRequest::ListPeers(Cow::Borrowed(&query)).into()).unwrap_err();
    let trace = recorder.trace();
    assert_eq!((trace.method, trace.recipient, trace.http_method), ("list_peers", None, "GET"));
    // A query's parameters name people.
    assert_eq!(trace.path, "/v2/active-rooms/room/peers");
    assert_eq!(trace.error.unwrap().kind(), ErrorKind::Protocol);
}

#[test]
fn the_trace_goes_along_with_each_request() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let read = stream.read(&mut request).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").unwrap();
        String::from_utf8_lossy(&request[..read]).into_owned()
    });
    let client = Client::builder().management_token("t").base_url(format!("http://{address}"));
    let client = client.timeout(Duration::from_secs(60)).build().unwrap();
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    // A value that would break the request is left out.
    let context = CallContext::default().trace(traceparent, "a=b\r\nevil: 1");
    let request = Request::new("room", "hi");
    client.execute_in(context, ApiRequest::SendMessage(Cow::Borrowed(&request)).into()).unwrap();
    let request = server.join().unwrap();
    assert!(request.contains(&format!("traceparent: {traceparent}\r\n")), "{request}");
    assert!(!request.contains("tracestate") && !request.contains("evil"), "{request}");
}

#[test]
fn each_send_of_a_batch_can_have_a_context_of_its_own() {
    let server = refuse_once();
    let client = server.client().build().unwrap();
    let shared = Arc::new(TraceRecorder::default());
    let options = BatchOptions::default().context(CallContext::default().observer(shared.clone()));
    let batch = Batch::new(&client, options, |_: &Batch<&str>| ()).unwrap();
    let own = Arc::new(TraceRecorder::default());
    let operation = |room| ApiRequest::SendMessage(Cow::Owned(Request::new(room, "hi"))).into();
    batch.start_in(CallContext::default().observer(own.clone()), "own", Ok(operation("one")));
    assert!(batch.wait() && batch.take().unwrap().1.is_ok());
    batch.start("shared", Ok(operation("two")));
    assert!(batch.wait() && batch.take().unwrap().1.is_ok());
    let traces = [own, shared].map(|recorder| recorder.trace());
    assert_eq!(
        traces.map(|trace| (trace.room_id, trace.attempts.len())),
        [("one".into(), 2), ("two".into(), 1)]
    );
}
