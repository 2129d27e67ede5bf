//! `DELETE /sandbox`, and the record of requests.

mod common;

use axum::http::StatusCode;
use common::receiver::Receiver;
use common::{ROOM, Request, Sandbox, send_path, token};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

async fn requests(sandbox: &Sandbox, query: &str) -> Value {
    let response = sandbox.request(Request::get(&format!("/sandbox/requests?{query}"))).await;
    assert_eq!(response.status, 200, "{response:?}");
    response.json()
}

#[tokio::test]
async fn a_reset_forgets_rooms_records_and_faults_that_were_added() {
    let sandbox = Sandbox::start_with(&["--fault", "status=418,count=1"]);
    sandbox.seat("alice", "host").await;
    let mut bob = sandbox.join("bob", "host").await;
    assert_eq!(sandbox.send(json!({"message": "hi"})).await.status, 418);
    assert_eq!(sandbox.send(json!({"message": "hi"})).await.status, 200);
    sandbox.control("POST", "/sandbox/faults", json!({"kind": "disconnect"})).await;
    assert_eq!(requests(&sandbox, "").await["requests"].as_array().unwrap().len(), 2);

    assert_eq!(sandbox.request(Request::new("DELETE", "/sandbox")).await.status, 204);
    assert_eq!(bob.closed().await, Some(1001));
    assert_eq!(requests(&sandbox, "").await["requests"], json!([]));
    // The fault that it started with is as new.
    let listed = sandbox.request(Request::get("/sandbox/faults")).await.json();
    let expected = json!({"faults": [{"id": 1, "kind": "status", "status": 418, "count": 1, "applied": 0}]});
    assert_eq!(listed, expected);
    assert_eq!(sandbox.send(json!({"message": "hi"})).await.status, 418);
    assert_eq!(sandbox.send(json!({"message": "hi"})).await.detail(404), "no peer is in this room");
    sandbox.seat("alice", "host").await;
    assert_eq!(sandbox.received("alice", "").await["messages"], json!([]));
}

#[tokio::test]
async fn a_reset_sends_no_webhook_and_forgets_those_that_are_not_delivered() {
    let mut receiver = Receiver::start(|kind, _| match kind {
        "session.open.success" => StatusCode::BAD_GATEWAY,
        _ => StatusCode::OK,
    })
    .await;
    let sandbox = Sandbox::start_with(&["--webhook-url", &receiver.url]);
    sandbox.seat("alice", "host").await;
    assert_eq!(receiver.kinds(2).await, ["session.open.success", "peer.join.success"]);
    sandbox.control("DELETE", "/sandbox/webhook-target", Value::Null).await;
    assert_eq!(sandbox.request(Request::new("DELETE", "/sandbox")).await.status, 204);
    // Longer than until the first retry. The target is again the one that it started with.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    sandbox.control("POST", "/sandbox/rooms/other/peers", json!({"peer_id": "bob"})).await;
    let webhook = receiver.next().await;
    assert_eq!((webhook.kind(), &webhook.body["data"]["room_id"]), ("session.open.success", &json!("other")));
}

#[tokio::test]
async fn requests_are_recorded_with_their_outcome_and_can_be_waited_for() {
    let sandbox = Sandbox::start();
    sandbox.seat("alice", "host").await;
    sandbox.send(json!({"message": "hi"})).await;
    sandbox.request(Request::post(&send_path(ROOM), "{}".to_owned()).bearer("none")).await;
    let first = requests(&sandbox, "").await;
    let of = |request: &Value| {
        ["number", "method", "path", "room_id", "status", "outcome", "body"]
            .map(|field| request[field].clone())
    };
    let all: Vec<_> = first["requests"].as_array().unwrap().iter().map(of).collect();
    let path = send_path(ROOM);
    let sent = r#"{"message":"hi"}"#;
    assert_eq!(
        all,
        [
            [json!(1), json!("POST"), json!(path), json!(ROOM), json!(200), json!("accepted"), json!(sent)],
            [json!(2), json!("POST"), json!(path), json!(ROOM), json!(401), json!("rejected"), json!("{}")],
        ]
    );
    assert_eq!(first["next"], 2);
    let start = Instant::now();
    let (later, status) = tokio::join!(requests(&sandbox, "after=2&wait_ms=60000"), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let path = format!("/v2/active-rooms/{ROOM}");
        sandbox.request(Request::get(&path).bearer(&token::management())).await.status
    });
    assert_eq!((status, &later["requests"][0]["number"], &later["next"]), (200, &json!(3), &json!(3)));
    assert!(start.elapsed() < Duration::from_secs(50));
}
