//! Sending through the server API: the recipients, and the form of what they receive.

mod common;

use common::{Peer, ROOM, Request, Sandbox, send_path, token};
use serde_json::{Value, json};

struct Class {
    sandbox: Sandbox,
    teacher: Peer,
    alice: Peer,
    bob: Peer,
}

impl Class {
    async fn start() -> Self {
        let sandbox = Sandbox::start();
        Self {
            teacher: sandbox.join("teacher", "host").await,
            alice: sandbox.join("alice", "guest").await,
            bob: sandbox.join("bob", "guest").await,
            sandbox,
        }
    }

    /// Sends, and returns the messages that teacher, alice and bob received.
    async fn deliver(&mut self, body: Value) -> [Vec<Value>; 3] {
        let response = self.sandbox.send(body).await;
        assert_eq!(response.status, 200, "{response:?}");
        assert_eq!(response.json(), json!({"message": "message sent"}));
        self.sandbox.send(json!({"message": "marker"})).await;
        [
            self.teacher.messages_until("marker").await,
            self.alice.messages_until("marker").await,
            self.bob.messages_until("marker").await,
        ]
    }

    async fn reach(&mut self, body: Value) -> [usize; 3] {
        self.deliver(body).await.map(|messages| messages.len())
    }
}

#[tokio::test]
async fn every_documented_row() {
    let mut class = Class::start().await;
    let rows = [
        (json!({"peer_id": "alice"}), [0, 1, 0]),
        (json!({"role": "guest"}), [0, 1, 1]),
        (json!({"peer_id": "alice", "role": "host"}), [0, 1, 0]),
        (json!({"peer_id": "alice", "role": ""}), [0, 1, 0]),
        (json!({}), [1, 1, 1]),
        // No peer has these roles.
        (json!({"role": "janitor"}), [0, 0, 0]),
        (json!({"role": "Guest"}), [0, 0, 0]),
        (json!({"role": " guest"}), [0, 0, 0]),
    ];
    for (mut body, expected) in rows {
        body["message"] = "hi".into();
        assert_eq!(class.reach(body.clone()).await, expected, "{body}");
    }
}

/// The sandbox must have the same dangerous behaviour as the real API.
#[tokio::test]
async fn empty_null_or_misspelt_fields_widen_the_audience() {
    let mut class = Class::start().await;
    let rows = [
        (json!({"peer_id": ""}), [1, 1, 1]),
        (json!({"peer_id": null}), [1, 1, 1]),
        (json!({"peerId": "alice"}), [1, 1, 1]),
        (json!({"peer-id": "alice", "Role": "guest"}), [1, 1, 1]),
        (json!({"role": ""}), [1, 1, 1]),
        (json!({"role": null}), [1, 1, 1]),
        (json!({"peer_id": "", "role": "guest"}), [0, 1, 1]),
    ];
    for (mut body, expected) in rows {
        body["message"] = "hi".into();
        assert_eq!(class.reach(body.clone()).await, expected, "{body}");
    }
}

#[tokio::test]
async fn a_message_arrives_in_the_documented_form() {
    let mut class = Class::start().await;
    let [received, _, _] = class.deliver(json!({"message": "hi", "type": "chat"})).await;
    let mut message = received.into_iter().next().unwrap();
    assert_eq!(message["message_id"].take().as_str().unwrap().len(), 36);
    assert!(message["timestamp"].take().as_i64().unwrap() > 1_600_000_000_000);
    assert_eq!(
        message,
        json!({
            "message_id": null,
            "timestamp": null,
            "private": false,
            "info": {"message": "hi", "type": "chat"},
        }),
        "no sender, no roles"
    );

    let direct = json!({"message": "psst", "peer_id": "teacher"});
    let [received, _, _] = class.deliver(direct).await;
    assert_eq!(received[0]["private"], true);
    assert_eq!(received[0]["info"], json!({"message": "psst"}), "no type");
    assert_eq!(received[0].get("roles"), None);

    let to_role = json!({"message": "hosts", "role": "host", "type": ""});
    let [received, _, _] = class.deliver(to_role).await;
    assert_eq!(received[0]["private"], false);
    assert_eq!(received[0]["roles"], json!(["host"]));
    assert_eq!(received[0]["info"], json!({"message": "hosts"}));
}

#[tokio::test]
async fn text_arrives_as_it_was_sent() {
    let mut class = Class::start().await;
    let text = "  \u{0}\u{1f}\"\\ \u{2028} e\u{301} 👩‍🏫 </script> \n";
    let [received, _, _] = class.deliver(json!({"message": text, "type": "🎉"})).await;
    assert_eq!(received[0]["info"], json!({"message": text, "type": "🎉"}));
}

#[tokio::test]
async fn the_documented_curl_works() {
    let mut class = Class::start().await;
    let body = r#"{
        "peer_id": "alice",
        "role": "",
        "message": "hello",
        "type": "chat"
    }"#;
    let request = Request::post(&send_path(ROOM), body.to_owned())
        .bearer(&token::management())
        .header("Content-Type", "application/json")
        .header("User-Agent", "curl/8.5.0")
        .header("Accept", "*/*");
    assert_eq!(class.sandbox.request(request).await.status, 200);
    let message = class.alice.next("on-broadcast").await;
    assert_eq!(message["info"]["message"], "hello");
    assert_eq!(message["private"], true);
}

#[tokio::test]
async fn many_messages_arrive_in_order() {
    let mut class = Class::start().await;
    for number in 0..300 {
        class.sandbox.send(json!({"message": format!("{number}")})).await;
    }
    for peer in [&mut class.teacher, &mut class.alice, &mut class.bob] {
        for number in 0..300 {
            let message = peer.next("on-broadcast").await;
            assert_eq!(message["info"]["message"], format!("{number}"));
        }
    }
}

#[tokio::test]
async fn a_message_of_1_mib_that_is_all_escapes_arrives() {
    let mut class = Class::start().await;
    let text = "\u{1}".repeat(1 << 20);
    let [received, _, _] = class.deliver(json!({"message": text})).await;
    assert_eq!(received[0]["info"]["message"].as_str().unwrap().len(), 1 << 20);
}

#[tokio::test]
async fn missing_rooms_and_peers() {
    let class = Class::start().await;
    let response = class.sandbox.send(json!({"message": "hi", "peer_id": "carol"})).await;
    assert_eq!(response.detail(404), "no such peer is in this room");
    for path in [send_path("another-room"), "/v2/active-rooms/another-room".to_owned()] {
        let request = match path.ends_with("send-message") {
            true => Request::post(&path, json!({"message": "hi"}).to_string()),
            false => Request::get(&path),
        };
        let response = class.sandbox.request(request.bearer(&token::management())).await;
        assert_eq!(response.detail(404), "no peer is in this room");
    }
}

#[tokio::test]
async fn an_invalid_body_is_rejected_and_reaches_no_peer() {
    let mut class = Class::start().await;
    for body in [
        "",
        "hello",
        "[]",
        r#"{"message": "a"#,
        r#"{}"#,
        r#"{"message": ""}"#,
        r#"{"message": 7}"#,
        r#"{"message": "a", "peer_id": 7}"#,
        r#"{"message": "a", "role": ["guest"]}"#,
        r#"{"message": "a", "type": false}"#,
        r#"{"message": "\ud800"}"#,
    ] {
        let request = Request::post(&send_path(ROOM), body.to_owned()).bearer(&token::management());
        let response = class.sandbox.request(request).await;
        assert_ne!(response.detail(400), "", "{body}");
        assert_eq!(response.json()["message"], "Invalid body param");
    }
    for (content_type, status) in [
        ("application/json; charset=utf-8", 200),
        ("application/problem+json", 200),
        ("text/plain", 400),
        ("application/x-www-form-urlencoded", 400),
    ] {
        let request = Request::post(&send_path(ROOM), json!({"message": "typed"}).to_string())
            .bearer(&token::management())
            .header("Content-Type", content_type);
        assert_eq!(class.sandbox.request(request).await.status, status, "{content_type}");
    }
    assert_eq!(class.reach(json!({"message": "typed"})).await, [3, 3, 3]);
}

#[tokio::test]
async fn a_body_beyond_the_limit_gets_a_response() {
    let class = Class::start().await;
    let response = class.sandbox.send(json!({"message": "x".repeat(17 << 20)})).await;
    assert_ne!(response.detail(413), "");
}
