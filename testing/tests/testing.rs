//! The helpers, as a test of a program uses them.

use roomcast::{ErrorKind, Outcome, Request};
use roomcast_testing::{Fault, NewPeer, Options, RecordedOutcome, Sandbox, Tls, Webhook};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

/// The text of the panic of something that is to fail.
fn panic_of(test: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let panic = std::panic::catch_unwind(test).expect_err("it did not panic");
    *panic.downcast::<String>().expect("the panic has a text")
}

#[test]
fn a_message_reaches_those_it_was_sent_to() {
    let sandbox = Sandbox::start();
    let client = sandbox.client();
    let alice = sandbox.join("room", "host", "alice");
    let bob = sandbox.join("room", "guest", "bob");
    client.send_to_peer("room", alice.peer_id(), "for alice").unwrap();
    client.send_message(&Request::new("room", "for guests").role("guest").message_type("note")).unwrap();
    client.broadcast("room", "for all").unwrap();

    let received = alice.received();
    let texts: Vec<&str> = received.iter().map(|message| message.message.as_str()).collect();
    assert_eq!(texts, ["for alice", "for all"]);
    let received = bob.received();
    assert_eq!((received[0].message.as_str(), received[0].number), ("for guests", 1));
    assert_eq!(
        (received[0].message_type.as_deref(), received[0].role.as_deref()),
        (Some("note"), Some("guest"))
    );
    assert_eq!((received[1].message_type.as_deref(), received[1].sender.as_deref()), (None, None));
    alice.expect_nothing();
    bob.expect_nothing_for(Duration::from_millis(20));
    bob.leave();
    client.send_to_role("room", "guest", "hi").unwrap();
    alice.expect_nothing();
}

#[test]
fn a_failed_check_shows_what_was_received() {
    let sandbox = Sandbox::start();
    let alice = sandbox.join_as("room", NewPeer { peer_id: Some("p1"), ..NewPeer::default() });
    assert_eq!(
        (alice.peer_id(), alice.role(), alice.user_id(), alice.room_id()),
        ("p1", "guest", "", "room")
    );
    sandbox.client().broadcast("room", "to everyone").unwrap();
    let panic = panic_of(std::panic::AssertUnwindSafe(|| alice.expect_nothing()));
    assert_eq!(panic, r#"the peer p1 (room room, role guest, user "") received ["to everyone"]"#);
    let again = panic_of(std::panic::AssertUnwindSafe(|| {
        sandbox.join_as("room", NewPeer { peer_id: Some("p1"), ..NewPeer::default() });
    }));
    assert!(again.ends_with("peer_id: a peer with this id is in the room already"), "{again}");
    let wrong = panic_of(std::panic::AssertUnwindSafe(|| {
        sandbox.join("no room", "host", "u");
    }));
    assert!(wrong.contains("room_id: it must have 1 to 64"), "{wrong}");
    let wrong = panic_of(std::panic::AssertUnwindSafe(|| {
        sandbox.fault(Fault::status(200));
    }));
    assert!(wrong.contains("status: it is not a whole number, 400 to 599"), "{wrong}");
}

#[test]
fn what_is_sent_later_is_waited_for() {
    let sandbox = Sandbox::start();
    let alice = sandbox.join("room", "host", "alice");
    let client = sandbox.client();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for text in ["one", "two"] {
                std::thread::sleep(Duration::from_millis(30));
                client.broadcast("room", text).unwrap();
            }
        });
        let texts: Vec<String> = alice.wait_for(2).into_iter().map(|message| message.message).collect();
        assert_eq!(texts, ["one", "two"]);
    });
}

#[test]
fn faults_and_the_record_of_requests() {
    let sandbox = Sandbox::start();
    let alice = sandbox.join("room", "host", "alice");
    let client = sandbox.client_builder().max_attempts(1).build().unwrap();
    let lost = sandbox.fault(Fault::lost_answer().count(1));
    let error = client.broadcast("room", "one").unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::Unknown));
    assert_eq!((alice.received().len(), lost.applied()), (1, 1));
    sandbox.fault(Fault::status(503).room("other").probability(1.0, 7));
    client.broadcast("room", "two").unwrap();
    sandbox.fault(Fault::disconnect());
    assert_eq!(client.broadcast("room", "three").unwrap_err().outcome(), Outcome::Unknown);
    sandbox.clear_faults();
    let delay = sandbox.fault(Fault::delay(Duration::from_millis(50)));
    let start = Instant::now();
    client.broadcast("room", "four").unwrap();
    assert!(start.elapsed() >= Duration::from_millis(50));
    delay.remove();
    sandbox.fault(Fault::rate_limit(1));
    let kinds: Vec<_> =
        (0..3).map(|_| client.broadcast("room", "five").map_err(|error| error.kind())).collect();
    assert!(kinds.iter().any(|kind| matches!(kind, Err(ErrorKind::RateLimited))), "{kinds:?}");

    let requests = sandbox.requests();
    let first: Vec<_> = requests[..4]
        .iter()
        .map(|request| (request.status, request.outcome, request.fault.as_deref()))
        .collect();
    assert_eq!(
        first,
        [
            (None, RecordedOutcome::Unknown, Some("lost_answer")),
            (Some(200), RecordedOutcome::Accepted, None),
            (None, RecordedOutcome::Unknown, Some("disconnect")),
            (Some(200), RecordedOutcome::Accepted, Some("delay")),
        ]
    );
    assert_eq!((requests[0].method.as_str(), requests[0].room_id.as_deref()), ("POST", Some("room")));
    sandbox.reset();
    assert!(sandbox.requests().is_empty());
    assert_eq!(client.broadcast("room", "six").unwrap_err().kind(), ErrorKind::NotFound);
}

/// Responds to one request with 200, and returns the request.
fn receive_one(listener: &TcpListener) -> String {
    let (mut stream, _) = listener.accept().unwrap();
    let mut request = String::new();
    let mut bytes = [0; 4096];
    // The members of a body are in the order of their names.
    while !request.ends_with(r#""version":"2.0"}"#) {
        let read = stream.read(&mut bytes).unwrap();
        assert!(read > 0, "{request}");
        request += std::str::from_utf8(&bytes[..read]).unwrap();
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok").unwrap();
    request
}

#[test]
fn webhooks_at_the_program() {
    let sandbox = Sandbox::start();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hooks", listener.local_addr().unwrap());
    std::thread::scope(|scope| {
        let program = scope.spawn(|| receive_one(&listener));
        let webhook = Webhook::new("peer.join.success", "room").peer("p1").data("user_id", "alice");
        let response = sandbox.webhook(&webhook.url(&url).header("X-Key", "k"));
        assert_eq!(
            (response.status, response.attempts, response.body.as_deref()),
            (Some(200), 1, Some("ok"))
        );
        let request = program.join().unwrap();
        assert!(request.starts_with("POST /hooks HTTP/1.1\r\n") && request.contains("x-key: k"), "{request}");
        assert!(
            request.contains(r#""user_id":"alice""#) && request.contains(r#""peer_id":"p1""#),
            "{request}"
        );
    });
    sandbox.set_webhook_target(&url, &[("X-Key", "k")]);
    let alice = sandbox.join("room", "host", "alice");
    let requests = [receive_one(&listener), receive_one(&listener)];
    assert!(
        requests[0].contains("session.open.success") && requests[1].contains(alice.peer_id()),
        "{requests:?}"
    );
}

#[test]
fn a_client_over_tls_and_one_of_the_environment() {
    let own = Tls::Own { names: Vec::new(), ca_file: None };
    let sandbox = Sandbox::start_with(Options { tls: own, ..Options::default() });
    assert!(sandbox.url().starts_with("https://"));
    let alice = sandbox.join("room", "host", "alice");
    sandbox.client().broadcast("room", "hi").unwrap();
    assert_eq!(alice.received().len(), 1);
    let ca_file = sandbox.ca_file().unwrap().to_owned();
    assert!(ca_file.exists());
    drop((alice, sandbox));
    assert!(!ca_file.exists());

    let sandbox = Sandbox::start();
    let variables = sandbox.environment();
    let variable =
        move |name: &str| variables.iter().find(|(each, _)| *each == name).map(|(_, value)| value.clone());
    let client = roomcast::Client::builder().environment(variable).build().unwrap();
    assert_eq!(client.broadcast("room", "hi").unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn options_that_are_wrong_are_reported() {
    let options = Options { faults: vec!["late".to_owned()], ..Options::default() };
    let panic = panic_of(|| drop(Sandbox::start_with(options)));
    assert!(panic.starts_with("cannot start a sandbox: --fault late: kind: it must be"), "{panic}");
}
