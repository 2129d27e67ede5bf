//! A client with a fake server: the same results as from a real one, without a network.

#[allow(dead_code)]
mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use common::{HANG, Server, ok};
use roomcast::{
    Argument, Call, Client, ClientBuilder, Error, ErrorKind, Fake, FakeFailure, FakePeer, FakeResponse,
    Message, MulticastRequest, Outcome, PeerQuery, Request, SendResult, Spelling,
};

fn builder(fake: &Fake) -> ClientBuilder {
    Client::builder().fake_server(Arc::new(fake.clone()))
}

type Way = fn(&Client, Request) -> Result<SendResult, Error>;

const WAYS: [Way; 3] = [
    |client, request| client.send_message(&request),
    |client, request| {
        let (done, result) = mpsc::channel();
        client.start_message(&request, move |result| done.send(result).unwrap())?;
        result.recv_timeout(HANG).expect("a started send always completes")
    },
    |client, request| client.send_many([request]).next().unwrap().result,
];

fn http(status: u16) -> FakeResponse {
    FakeResponse::Http { status, retry_after: None, body: b"{}".to_vec() }
}

#[test]
fn every_failure_has_the_outcome_that_a_real_one_has() {
    for way in WAYS {
        let fake = Fake::default();
        let client = builder(&fake).max_attempts(1).build().unwrap();
        for (response, kind, outcome) in [
            (FakeResponse::NoConnection, ErrorKind::Connection, Outcome::NotSent),
            (FakeResponse::ConnectionLost, ErrorKind::Connection, Outcome::Unknown),
            (FakeResponse::NoResponse, ErrorKind::Timeout, Outcome::Unknown),
            (http(404), ErrorKind::NotFound, Outcome::Rejected),
            (http(429), ErrorKind::RateLimited, Outcome::Rejected),
            (http(500), ErrorKind::Server, Outcome::Unknown),
        ] {
            fake.respond_next(response.clone());
            let error = way(&client, Request::new("room", "hi")).unwrap_err();
            assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{response:?}: {error}");
        }
        assert_eq!(fake.sent(), []);
        assert_eq!(way(&client, Request::new("room", "hi")).unwrap().attempts, 1);
        assert_eq!(fake.sent().len(), 1);
    }
}

#[test]
fn retries_do_not_wait() {
    for way in WAYS {
        let fake = Fake::default();
        let client = builder(&fake).max_attempts(10).timeout(HANG).build().unwrap();
        for _ in 0..9 {
            fake.respond_next(FakeResponse::Http { status: 429, retry_after: Some(2), body: Vec::new() });
        }
        let started = Instant::now();
        assert_eq!(way(&client, Request::new("room", "hi")).unwrap().attempts, 10);
        // Each would have waited for 2 s.
        assert!(started.elapsed() < Duration::from_secs(9));
        assert_eq!(client.stats().retried, 9);
    }
}

#[test]
fn a_pause_beyond_the_deadline_fails_as_it_does_with_a_server() {
    for way in WAYS {
        let fake = Fake::default();
        let client = builder(&fake).build().unwrap();
        fake.respond_next(FakeResponse::Http { status: 429, retry_after: Some(100), body: Vec::new() });
        let error = way(&client, Request::new("room", "hi")).unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::RateLimited, 1));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(100)));
    }
}

#[test]
fn what_is_wrong_reaches_no_server() {
    for way in WAYS {
        let fake = Fake::default();
        let client = builder(&fake).build().unwrap();
        for request in
            [Request::new("room", " "), Request::new("no room", "hi"), Request::new("room", "hi").peer_id("")]
        {
            let error = way(&client, request).unwrap_err();
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::InvalidRequest, Outcome::NotSent));
        }
        client.close();
        assert_eq!(way(&client, Request::new("room", "hi")).unwrap_err().kind(), ErrorKind::Configuration);
        assert_eq!(fake.sent(), []);
    }
}

#[test]
fn a_room_that_somebody_joined_has_peers() {
    let fake = Fake::default();
    let client = builder(&fake).build().unwrap();
    let absent = client.list_peers(&PeerQuery::new("room")).unwrap_err();
    assert_eq!(absent.kind(), ErrorKind::NotFound);
    fake.join("room", FakePeer { user_id: "u 1&".into(), ..FakePeer::new("a", "host") });
    fake.join("room", FakePeer { user_id: "u 1&".into(), ..FakePeer::new("b", "guest") });
    fake.join("room", FakePeer { user_id: "u2".into(), ..FakePeer::new("c", "guest") });
    let ids = |query: &PeerQuery| -> Vec<String> {
        client.list_peers(query).unwrap().into_iter().map(|peer| peer.peer_id).collect()
    };
    assert_eq!(ids(&PeerQuery::new("room")), ["a", "b", "c"]);
    assert_eq!(ids(&PeerQuery::new("room").user_id("u 1&")), ["a", "b"]);
    assert_eq!(ids(&PeerQuery::new("room").role("guest")), ["b", "c"]);
    assert_eq!(client.get_room("room").unwrap().room_id, "room");
    client.send_to_peer("room", "c", "hi").unwrap();
    assert_eq!(client.broadcast("another-room", "hi").unwrap_err().kind(), ErrorKind::NotFound);
    fake.leave("room", "c");
    assert_eq!(client.send_to_peer("room", "c", "hi").unwrap_err().kind(), ErrorKind::NotFound);
    client.broadcast("room", "all").unwrap();
    let sent: Vec<_> = fake.sent().into_iter().map(|sent| (sent.peer_id, sent.message)).collect();
    assert_eq!(sent, [(Some("c".into()), "hi".into()), (None, "all".into())]);
    fake.leave("room", "a");
    fake.leave("room", "b");
    assert_eq!(client.broadcast("room", "all").unwrap_err().kind(), ErrorKind::NotFound);
    fake.reset();
    assert!(client.broadcast("room", "all").is_ok() && fake.sent().len() == 1);
}

#[test]
fn nothing_leaves_the_process() {
    let requests = Arc::new(AtomicUsize::new(0));
    let seen = requests.clone();
    let server = Server::start(move |stream, _| {
        seen.fetch_add(1, Ordering::Relaxed);
        ok(stream)
    });
    for way in WAYS {
        let client = server.client().fake_server(Arc::new(Fake::default())).build().unwrap();
        assert!(way(&client, Request::new("room", "hi")).is_ok());
        assert_eq!(client.stats().sent, 1);
    }
    assert_eq!(requests.load(Ordering::Relaxed), 0);
}

fn fails(fake: &Fake, failure: &str) {
    fake.fail_next_by_name(Argument::Text(failure.into()), [], Spelling::Snake).unwrap();
}

#[test]
fn a_call_is_told_to_fail_by_name_in_all_of_its_attempts() {
    for way in WAYS {
        let fake = Fake::default();
        let client = builder(&fake).max_attempts(3).build().unwrap();
        let send = || way(&client, Request::new("room", "hi"));
        for (failure, kind, outcome, attempts) in [
            ("not_sent", ErrorKind::Connection, Outcome::NotSent, 3),
            ("unknown", ErrorKind::Connection, Outcome::Unknown, 1),
            ("late", ErrorKind::Timeout, Outcome::Unknown, 1),
        ] {
            fails(&fake, failure);
            let error = send().unwrap_err();
            assert_eq!(
                (error.kind(), error.outcome(), error.attempts()),
                (kind, outcome, attempts),
                "{failure}"
            );
            assert!(send().is_ok());
        }
        fake.fail_next(FakeFailure::status(429).calls(2));
        for _ in 0..2 {
            assert_eq!(send().unwrap_err().kind(), ErrorKind::RateLimited);
        }
        fake.fail_next(FakeFailure::status(429).retry_after(1).attempts(2));
        assert_eq!(send().unwrap().attempts, 3);
        assert_eq!((fake.sent().len(), fake.calls().len()), (4, 9));
    }
}

#[test]
fn failures_that_do_not_exist_are_refused() {
    let fake = Fake::default();
    let (client, camel) = (builder(&fake).build().unwrap(), Spelling::Camel);
    for (failure, options, says) in [
        (
            Argument::Number(200.0),
            vec![],
            "failure is not the status of a failure. Nothing was sent. Give a status from",
        ),
        (Argument::Number(404.5), vec![], "failure is not the status of a failure"),
        (Argument::Number(65936.0), vec![], "failure is not the status of a failure"),
        (Argument::Text("lost".into()), vec![], "failure is not the name of one"),
        (Argument::Null, vec![], "failure is null"),
        (Argument::Number(404.0), vec![("counts", Argument::Number(1.0))], "did you mean count?"),
        (
            Argument::Number(404.0),
            vec![("count", Argument::Text("1".into()))],
            "count is text; it takes a whole",
        ),
        (
            Argument::Number(429.0),
            vec![("retryAfterMs", Argument::Number(-1.0))],
            "retryAfterMs is out of range",
        ),
    ] {
        let options = options.into_iter().map(|(name, value)| (name.to_owned(), value));
        let error = fake.fail_next_by_name(failure, options, camel).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.to_string().contains(says), "{error}");
    }
    assert!(client.broadcast("room", "hi").is_ok());
}

#[test]
fn every_call_is_recorded_with_its_recipient_and_what_became_of_it() {
    let fake = Fake::default();
    let client = builder(&fake).build().unwrap();
    fake.join("room", FakePeer { user_id: "ann".into(), ..FakePeer::new("", "host") });
    client.send_to_peer("room", "peer-1", Message::chat("to a peer")).unwrap();
    client.send_message(&Request::new("room", "to a role").role("host").message_type("deal")).unwrap();
    client.send_message(&Request::new("room", "peer wins").role("host").peer_id("peer-1")).unwrap();
    client.send_to_peer("room", "gone", "not there").unwrap_err();
    client.send_to_peer("room", " ", "nobody").unwrap_err();
    client.send_to_user("room", "ann", "to a user").unwrap();
    client.send_multicast(&MulticastRequest::to_peers("room", [" "], "hi")).unwrap_err();
    client.get_room("room").unwrap();
    client.close();
    client.broadcast("room", "too late").unwrap_err();
    let calls: Vec<_> = fake
        .calls()
        .into_iter()
        .map(|call| {
            let to = call.peer_id.or(call.role).or(call.user_id).unwrap_or_default();
            let kind = call.error.map(|error| error.kind().as_str()).unwrap_or_default();
            let said = call.message.unwrap_or_default();
            (call.method, to, said, call.message_type.unwrap_or_default(), call.attempts, kind)
        })
        .collect();
    let expected = [
        ("send_message", "peer-1", "to a peer", "chat", 1, ""),
        ("send_message", "host", "to a role", "deal", 1, ""),
        ("send_message", "peer-1", "peer wins", "", 1, ""),
        ("send_message", "gone", "not there", "", 1, "not_found"),
        ("send_message", " ", "nobody", "", 0, "invalid_request"),
        ("list_peers", "ann", "", "", 1, ""),
        ("send_message", "peer-1", "to a user", "", 1, ""),
        ("send_message", "", "hi", "", 0, "invalid_request"),
        ("get_room", "", "", "", 1, ""),
        ("send_message", "", "too late", "", 0, "configuration"),
    ];
    let expected = expected.map(|(method, to, said, kind, attempts, error)| {
        (method, to.to_owned(), said.to_owned(), kind.to_owned(), attempts, error)
    });
    assert_eq!(calls, expected);
    assert_eq!(fake.calls()[2].role, None);
    fake.reset();
    assert!(fake.calls().is_empty());
}

#[test]
fn a_call_that_a_binding_makes_is_recorded_even_if_it_breaks_a_rule() {
    let fake = Fake::default();
    let client = builder(&fake).build().unwrap();
    let text = |value: &str| Argument::Text(value.into());
    let call = Call::new("send_to_peer", Spelling::Camel).unwrap();
    let call =
        call.argument("room_id", text("room")).argument("message", text("hi")).option("type", text("t"));
    let error = client.operation(call.argument("peer_id", Argument::Number(7.0))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    let call = Call::new("list_peers", Spelling::Camel).unwrap().argument("room_id", text("room"));
    client.refuse(&call.option("userId", text("ann")), &error);
    let calls = fake.calls();
    assert_eq!((calls[0].method, calls[0].room_id.as_deref()), ("send_message", Some("room")));
    assert_eq!((calls[0].peer_id.as_deref(), calls[0].message.as_deref()), (None, Some("hi")));
    assert_eq!(calls[0].message_type.as_deref(), Some("t"));
    assert_eq!((calls[1].method, calls[1].user_id.as_deref()), ("list_peers", Some("ann")));
    assert!(calls.iter().all(|call| call.error.is_some()));
}

#[test]
fn peers_join_by_name() {
    let fake = Fake::default();
    let client = builder(&fake).build().unwrap();
    let text = |value: &str| Argument::Text(value.into());
    let join = |options: &[(&str, &str)]| {
        let options = options.iter().map(|(name, value)| ((*name).to_owned(), text(value)));
        fake.join_by_name(text("room"), options, Spelling::Camel)
    };
    let joined = [join(&[]).unwrap(), join(&[("userId", "ann"), ("role", "host"), ("name", "Ann")]).unwrap()];
    assert_eq!(client.list_peers(&PeerQuery::new("room")).unwrap(), joined);
    assert_eq!((&*joined[0].peer_id, &*joined[0].role, &*joined[1].user_id), ("peer-1", "guest", "ann"));
    for (options, says) in [
        (&[("peerId", " ")][..], "peerId is blank"),
        (&[("user_id", "ann")], "did you mean userId?"),
        (&[("role", "")], "role is"),
    ] {
        let error = join(options).unwrap_err();
        assert!(error.kind() == ErrorKind::InvalidRequest && error.to_string().contains(says), "{error}");
    }
    assert!(fake.join_by_name(text("no room"), [], Spelling::Snake).is_err());
    fake.leave_by_name(text("room"), text("peer-1"), Spelling::Snake).unwrap();
    assert_eq!(client.list_peers(&PeerQuery::new("room")).unwrap(), joined[1..]);
    assert!(fake.leave_by_name(text("room"), Argument::Null, Spelling::Snake).is_err());
}
