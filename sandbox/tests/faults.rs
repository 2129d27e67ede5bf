//! Faults, as a real client sees them: its outcomes, and what was delivered.

use roomcast::{Client, ErrorKind, Outcome, PeerQuery};
use roomcast_sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const ROOM: &str = "room";

/// A sandbox with a simulated peer, and a client that tries once.
struct Fixture {
    sandbox: Sandbox,
    client: Client,
}

impl Fixture {
    fn with(faults: &[&str]) -> Self {
        let faults = faults.iter().map(|fault| (*fault).to_owned()).collect();
        let sandbox = Sandbox::start(Options { faults, ..Options::default() }).unwrap();
        let client = Client::builder()
            .base_url(sandbox.base_url())
            .access_key(sandbox.access_key())
            .secret(sandbox.secret())
            .max_attempts(1)
            .build()
            .unwrap();
        let fixture = Self { sandbox, client };
        fixture.control("POST", "/sandbox/rooms/room/peers", json!({"peer_id": "alice"}));
        fixture
    }

    fn control(&self, method: &str, path: &str, body: Value) -> Value {
        self.sandbox.control(method, path, &body).unwrap()
    }

    fn fault(&self, fault: Value) -> u64 {
        self.control("POST", "/sandbox/faults", fault)["id"].as_u64().unwrap()
    }

    /// How a send ended: its status and its outcome.
    fn send(&self, message: &str) -> (Option<u16>, Option<Outcome>) {
        match self.client.broadcast(ROOM, message) {
            Ok(_) => (Some(200), None),
            Err(error) => (error.status(), Some(error.outcome())),
        }
    }

    fn received(&self, query: &str) -> Vec<String> {
        let path = format!("/sandbox/rooms/room/peers/alice/messages?{query}");
        let received = self.control("GET", &path, Value::Null);
        let messages = received["messages"].as_array().unwrap();
        messages.iter().map(|message| message["message"].as_str().unwrap().to_owned()).collect()
    }

    /// Status, outcome and fault of each request.
    fn recorded(&self) -> Vec<(Value, Value, Value)> {
        let recorded = self.control("GET", "/sandbox/requests", Value::Null);
        let requests = recorded["requests"].as_array().unwrap();
        let of = |request: &Value| {
            (request["status"].clone(), request["outcome"].clone(), request["fault"].clone())
        };
        requests.iter().map(of).collect()
    }
}

const ACCEPTED: (Option<u16>, Option<Outcome>) = (Some(200), None);

#[test]
fn a_status_is_answered_so_many_times_and_nothing_is_delivered() {
    let fixture = Fixture::with(&["status=500,count=2"]);
    assert_eq!(fixture.send("one"), (Some(500), Some(Outcome::Unknown)));
    assert_eq!(fixture.send("two"), (Some(500), Some(Outcome::Unknown)));
    assert_eq!(fixture.send("three"), ACCEPTED);
    fixture.fault(json!({"kind": "status", "status": 403, "count": 1}));
    assert_eq!(fixture.send("four"), (Some(403), Some(Outcome::Rejected)));
    assert_eq!(fixture.received(""), ["three"]);
    let text = |text: &str| Value::from(text);
    assert_eq!(
        fixture.recorded(),
        [
            (json!(500), text("unknown"), text("status")),
            (json!(500), text("unknown"), text("status")),
            (json!(200), text("accepted"), Value::Null),
            (json!(403), text("rejected"), text("status")),
        ]
    );
}

#[test]
fn status_429_has_a_time_to_wait() {
    let fixture = Fixture::with(&["status=429,count=1"]);
    let error = fixture.client.broadcast(ROOM, "hi").unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::RateLimited, Outcome::Rejected));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
}

#[test]
fn a_lost_answer_is_unknown_although_the_message_was_delivered() {
    let fixture = Fixture::with(&["lost_answer,count=1"]);
    let error = fixture.client.broadcast(ROOM, "one").unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::Unknown));
    // The next connection is whole.
    assert_eq!(fixture.send("two"), ACCEPTED);
    assert_eq!(fixture.received(""), ["one", "two"]);
    assert_eq!(fixture.recorded()[0], (Value::Null, json!("unknown"), json!("lost_answer")));
}

#[test]
fn a_disconnect_is_unknown_and_nothing_is_delivered() {
    let fixture = Fixture::with(&["disconnect,count=1"]);
    assert_eq!(fixture.send("one"), (None, Some(Outcome::Unknown)));
    assert_eq!(fixture.send("two"), ACCEPTED);
    assert_eq!(fixture.received(""), ["two"]);
    assert_eq!(fixture.recorded()[0], (Value::Null, json!("unknown"), json!("disconnect")));
}

#[test]
fn a_delayed_message_is_delivered_even_if_its_client_has_given_up() {
    let fixture = Fixture::with(&[]);
    fixture.fault(json!({"kind": "delay", "delay_ms": 300, "count": 2}));
    let start = Instant::now();
    assert_eq!(fixture.send("one"), ACCEPTED);
    assert!(start.elapsed() >= Duration::from_millis(300));
    let hasty = Client::builder()
        .base_url(fixture.sandbox.base_url())
        .access_key(fixture.sandbox.access_key())
        .secret(fixture.sandbox.secret())
        .timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    let error = hasty.broadcast(ROOM, "two").unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::Unknown));
    assert_eq!(fixture.received("after=1&wait_ms=60000"), ["two"]);
}

#[test]
fn a_fault_of_a_room_is_of_no_other() {
    let fixture = Fixture::with(&["status=503,room_id=another"]);
    assert_eq!(fixture.send("one"), ACCEPTED);
    let error = fixture.client.broadcast("another", "hi").unwrap_err();
    assert_eq!(error.status(), Some(503));
    assert_eq!(fixture.client.list_peers(&PeerQuery::new(ROOM)).unwrap().len(), 1);
}

#[test]
fn a_limit_is_a_fault_and_can_be_removed() {
    let fixture = Fixture::with(&["rate_limit=1"]);
    assert_eq!(fixture.send("one"), ACCEPTED);
    assert_eq!(fixture.send("two"), (Some(429), Some(Outcome::Rejected)));
    let listed = fixture.control("GET", "/sandbox/faults", Value::Null);
    let expected = json!({"faults": [{"id": 1, "kind": "rate_limit", "per_second": 1, "applied": 1}]});
    assert_eq!(listed, expected);
    fixture.control("DELETE", "/sandbox/faults/1", Value::Null);
    assert_eq!(fixture.send("three"), ACCEPTED);
    let missing = fixture.sandbox.control("DELETE", "/sandbox/faults/1", &Value::Null).unwrap_err();
    assert_eq!((missing.status, missing.field.as_str()), (404, "id"));
}

#[test]
fn a_probability_repeats_itself_with_its_seed() {
    let sends = || {
        let fixture = Fixture::with(&["status=500,probability=0.5,seed=7"]);
        (0..40).map(|number| fixture.send(&number.to_string()) == ACCEPTED).collect::<Vec<bool>>()
    };
    let one = sends();
    assert!(one.contains(&true) && one.contains(&false), "{one:?}");
    assert_eq!(one, sends());
}

#[test]
fn errors_name_the_field_and_change_nothing() {
    let fixture = Fixture::with(&[]);
    let refused = |body: Value| fixture.sandbox.control("POST", "/sandbox/faults", &body).unwrap_err();
    assert_eq!(refused(json!({"kind": "status", "status": 200})).field, "status");
    assert_eq!(refused(json!({"kind": "status", "status": 500, "times": 1})).field, "times");
    assert_eq!(refused(json!({})).to_string(), "kind: it is missing");
    assert_eq!(fixture.control("GET", "/sandbox/faults", Value::Null), json!({"faults": []}));
    fixture.fault(json!({"kind": "disconnect"}));
    fixture.control("DELETE", "/sandbox/faults", Value::Null);
    assert_eq!(fixture.send("one"), ACCEPTED);
}
