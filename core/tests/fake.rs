//! A client with a fake server: the same results as from a real one, without a network.

#[allow(dead_code)]
mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use common::{HANG, Server, ok};
use roomcast::{
    Client, ClientBuilder, Error, ErrorKind, Fake, FakePeer, FakeResponse, Outcome, PeerQuery, Request,
    SendResult,
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
