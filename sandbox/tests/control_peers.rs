//! Simulated peers, over the control API.

mod common;

use common::{ROOM, Request, Sandbox};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn peers_path() -> String {
    format!("/sandbox/rooms/{ROOM}/peers")
}

fn texts(received: &Value) -> Vec<&str> {
    let messages = received["messages"].as_array().unwrap();
    messages.iter().map(|message| message["message"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_simulated_peer_is_listed_and_is_seen_by_others() {
    let sandbox = Sandbox::start();
    let mut alice = sandbox.join("alice", "host").await;
    let body = json!({
        "peer_id": "bob", "role": "guest", "user_id": "u7", "name": "Bob", "metadata": "{\"a\":1}",
    });
    let seated = sandbox.control("POST", &peers_path(), body.clone()).await;
    let mut expected = body;
    expected["room_id"] = ROOM.into();
    assert_eq!((seated.status, seated.json()), (201, expected));
    assert_eq!(alice.next("on-peer-join").await["info"]["name"], "Bob");
    let listed = sandbox.get(&format!("/v2/active-rooms/{ROOM}/peers?user_id=u7")).await.json();
    let bob = &listed["peers"]["bob"];
    assert_eq!(
        [&bob["role"], &bob["name"], &bob["metadata"]],
        [&json!("guest"), &json!("Bob"), &json!("{\"a\":1}")]
    );
    let left = sandbox.control("DELETE", &format!("{}/bob", peers_path()), json!({})).await;
    assert_eq!((left.status, left.text.as_str()), (204, ""));
    assert_eq!(alice.next("on-peer-leave").await["peer_id"], "bob");
    sandbox.get(&format!("/v2/active-rooms/{ROOM}/peers/bob")).await.detail(404);
}

#[tokio::test]
async fn everything_has_a_default() {
    let sandbox = Sandbox::start();
    let one = sandbox.request(Request::new("POST", &peers_path())).await.json();
    let two = sandbox.control("POST", &peers_path(), json!({"peer_id": null})).await.json();
    assert_ne!(one["peer_id"], two["peer_id"]);
    assert!(one["peer_id"].as_str().unwrap().len() > 30);
    assert_eq!((&one["role"], &one["user_id"], &one["name"]), (&json!("guest"), &json!(""), &json!("")));
}

#[tokio::test]
async fn it_receives_what_a_peer_receives_and_has_it_before_the_response() {
    let sandbox = Sandbox::start();
    sandbox.seat("alice", "host").await;
    sandbox.seat("bob", "guest").await;
    let mut carol = sandbox.join("carol", "host").await;
    sandbox.send(json!({"message": "all", "type": "chat"})).await;
    sandbox.send(json!({"message": "for bob", "peer_id": "bob"})).await;
    sandbox.send(json!({"message": "for hosts", "role": "host"})).await;
    carol.call("broadcast", json!({"info": {"message": "from carol", "type": "chat"}})).await;

    let alice = sandbox.received("alice", "").await;
    assert_eq!(texts(&alice), ["all", "for hosts", "from carol"]);
    assert_eq!((&alice["next"], &alice["dropped"]), (&json!(3), &json!(0)));
    let mut messages = alice["messages"].as_array().unwrap().clone();
    for message in &mut messages {
        let time = message.as_object_mut().unwrap().remove("time").unwrap();
        chrono::DateTime::parse_from_rfc3339(time.as_str().unwrap()).unwrap();
    }
    assert_eq!(
        messages,
        [
            json!({"number": 1, "message": "all", "type": "chat", "sender": null}),
            json!({"number": 2, "message": "for hosts", "type": null, "sender": null, "role": "host"}),
            json!({"number": 3, "message": "from carol", "type": "chat", "sender": "carol"}),
        ]
    );
    assert_eq!(texts(&sandbox.received("alice", "after=1").await), ["for hosts", "from carol"]);
    assert_eq!(texts(&sandbox.received("bob", "").await), ["all", "for bob", "from carol"]);
    assert_eq!(texts(&sandbox.received("bob", "after=3").await), [""; 0]);
}

#[tokio::test]
async fn a_request_waits_for_the_next_message() {
    let sandbox = Sandbox::start();
    sandbox.seat("alice", "host").await;
    let start = Instant::now();
    assert_eq!(sandbox.received("alice", "wait_ms=50").await["next"], 0);
    assert!(start.elapsed() >= Duration::from_millis(50));
    let (received, sent) = tokio::join!(sandbox.received("alice", "after=0&wait_ms=60000"), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        sandbox.send(json!({"message": "hi"})).await
    });
    assert_eq!((texts(&received), sent.status), (vec!["hi"], 200));
    // A peer that leaves has nothing more to wait for.
    let (received, left) = tokio::join!(sandbox.received("alice", "after=1&wait_ms=60000"), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        sandbox.control("DELETE", &format!("{}/alice", peers_path()), json!({})).await
    });
    assert_eq!((texts(&received), left.status), (vec![], 204));
    assert!(start.elapsed() < Duration::from_secs(50));
}

#[tokio::test]
async fn errors_name_the_field() {
    let sandbox = Sandbox::start();
    sandbox.seat("alice", "host").await;
    let long = "x".repeat(257);
    for (body, field, why) in [
        (json!({"peer_id": "alice"}), "peer_id", "is in the room already"),
        (json!({"peer_id": " "}), "peer_id", "is blank"),
        (json!({"role": ""}), "role", "is blank"),
        (json!({"role": long}), "role", "more than 256 bytes"),
        (json!({"name": 1}), "name", "is not a string"),
        (json!({"user_id": []}), "user_id", "is not a string"),
        (json!({"peerId": "x"}), "peerId", "not a known field; known are peer_id, role,"),
        (json!([]), "body", "is not a JSON object"),
    ] {
        let (got, message) = sandbox.control("POST", &peers_path(), body.clone()).await.control_error(400);
        assert!(got == field && message.contains(why), "{body}: {got}: {message}");
    }
    let (field, _) =
        sandbox.control("POST", "/sandbox/rooms/a%20b/peers", json!({})).await.control_error(400);
    assert_eq!(field, "room_id");
    for (query, field) in [
        ("after=-1", "after"),
        ("after=x", "after"),
        ("wait_ms=60001", "wait_ms"),
        ("wait=1", "wait"),
        ("after=1&after=1", "after"),
    ] {
        let path = format!("{}/alice/messages?{query}", peers_path());
        assert_eq!(sandbox.request(Request::get(&path)).await.control_error(400).0, field, "{query}");
    }
    let nobody = format!("{}/nobody", peers_path());
    assert_eq!(sandbox.control("DELETE", &nobody, json!({})).await.control_error(404).0, "peer_id");
    let path = format!("{nobody}/messages");
    assert_eq!(sandbox.request(Request::get(&path)).await.control_error(404).0, "peer_id");
}

#[tokio::test]
async fn web_sites_may_not_use_it() {
    let sandbox = Sandbox::start();
    sandbox.seat("alice", "host").await;
    let path = format!("{}/alice/messages", peers_path());
    for (name, value) in [
        ("Origin", "https://evil.example"),
        ("Origin", sandbox.url.as_str()),
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", "cross-site"),
    ] {
        let response = sandbox.request(Request::get(&path).header(name, value)).await;
        assert_eq!(response.control_error(403).0, "Origin", "{name}: {value}");
        assert_eq!(response.header("access-control-allow-origin"), None);
    }
    let rebound = sandbox.request(Request::get(&path).host("evil.example")).await;
    assert_eq!(rebound.control_error(403).0, "Host");
}

#[tokio::test]
async fn other_machines_may_use_it_only_if_it_was_opened_to_them() {
    // A client that reaches it by another address than loopback stands for another machine.
    let Some(address) = own_address() else {
        return;
    };
    let control = |mut sandbox: Sandbox| {
        sandbox.url = sandbox.url.replace("0.0.0.0", &address);
        async move { sandbox.control("POST", &peers_path(), json!({})).await }
    };
    let closed = Sandbox::start_at("0.0.0.0:0", &["--allow-non-loopback"]);
    let (field, message) = control(closed).await.control_error(403);
    assert!(field == "client" && message.contains("--allow-remote-control"), "{message}");
    let opened = Sandbox::start_at("0.0.0.0:0", &["--allow-non-loopback", "--allow-remote-control"]);
    assert_eq!(control(opened).await.status, 201);
}

/// An address of this machine that is not loopback, if it has one. Nothing is sent.
fn own_address() -> Option<String> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback()).then(|| address.to_string())
}
