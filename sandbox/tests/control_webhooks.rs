//! Webhooks that tests ask for, and where webhooks go.

mod common;

use axum::http::StatusCode;
use common::receiver::Receiver;
use common::{ROOM, Request, Sandbox};
use serde_json::{Value, json};

const PATH: &str = "/sandbox/webhooks";
const TARGET: &str = "/sandbox/webhook-target";

#[tokio::test]
async fn a_webhook_is_posted_on_request_and_its_response_returned() {
    let mut receiver = Receiver::start(|_, _| StatusCode::IM_A_TEAPOT).await;
    let sandbox = Sandbox::start();
    let body = json!({
        "type": "peer.join.success", "room_id": ROOM, "url": receiver.url, "headers": {"X-Key": "k"},
        "peer_id": "p", "data": {"user_id": "u", "role": "host"},
    });
    let response = sandbox.control("POST", PATH, body).await;
    assert_eq!(response.json(), json!({"status": 418, "attempts": 1, "body": ""}));
    let webhook = receiver.next().await;
    assert_eq!((webhook.kind(), &webhook.headers["x-key"]), ("peer.join.success", &"k".parse().unwrap()));
    let data = &webhook.body["data"];
    assert_eq!([&data["room_id"], &data["peer_id"], &data["role"]], [ROOM, "p", "host"]);
    assert_eq!((&webhook.body["version"], data["session_id"].is_string()), (&json!("2.0"), true));
}

#[tokio::test]
async fn it_has_what_is_known_of_the_room_and_the_peer() {
    let mut receiver = Receiver::start(|_, _| StatusCode::OK).await;
    let sandbox = Sandbox::start_with(&["--webhook-url", &receiver.url]);
    sandbox.seat("alice", "host").await;
    let seated = [receiver.next().await, receiver.next().await];
    let body = json!({
        "type": "peer.leave.success", "room_id": ROOM, "peer_id": "alice", "data": {"reason": "kicked"},
    });
    assert_eq!(sandbox.control("POST", PATH, body).await.json()["status"], 200);
    let webhook = receiver.next().await;
    let (joined, left) = (&seated[1].body["data"], &webhook.body["data"]);
    for field in ["peer_id", "role", "joined_at", "session_id", "session_started_at"] {
        assert_eq!(left[field], joined[field], "{field}");
    }
    assert_eq!((&left["reason"], left["left_at"].is_string()), (&json!("kicked"), true));
    // Any type, such as those of recordings.
    let body = json!({"type": "beam.started.success", "room_id": ROOM});
    assert_eq!(sandbox.control("POST", PATH, body).await.json()["status"], 200);
    assert_eq!(receiver.next().await.kind(), "beam.started.success");
}

#[tokio::test]
async fn it_is_retried_if_that_is_asked_for() {
    let receiver = Receiver::start(|_, attempt| match attempt {
        1 => StatusCode::BAD_GATEWAY,
        _ => StatusCode::OK,
    });
    let receiver = receiver.await;
    let sandbox = Sandbox::start();
    let body = json!({"type": "a.b", "room_id": ROOM, "url": receiver.url, "max_attempts": 4});
    let response = sandbox.control("POST", PATH, body).await.json();
    assert_eq!(response, json!({"status": 200, "attempts": 2, "body": ""}));
    let body = json!({"type": "a.b", "room_id": ROOM, "url": "http://127.0.0.1:1/"});
    let response = sandbox.control("POST", PATH, body).await.json();
    assert_eq!((&response["status"], &response["attempts"]), (&Value::Null, &json!(1)));
    assert!(response["error"].as_str().unwrap().starts_with("no response:"), "{response}");
}

#[tokio::test]
async fn the_target_can_be_set_changed_and_removed() {
    let mut one = Receiver::start(|_, _| StatusCode::OK).await;
    let mut two = Receiver::start(|_, _| StatusCode::OK).await;
    let sandbox = Sandbox::start();
    let put = async |url: &str| {
        let body = json!({"url": url, "headers": {"X-Key": "k"}});
        sandbox.control("PUT", TARGET, body).await.status
    };
    assert_eq!(put(&one.url).await, 204);
    sandbox.seat("alice", "host").await;
    assert_eq!(one.kinds(2).await, ["session.open.success", "peer.join.success"]);
    assert_eq!(put(&two.url).await, 204);
    sandbox.seat("bob", "host").await;
    let webhook = two.next().await;
    assert_eq!(
        (&webhook.body["data"]["peer_id"], &webhook.headers["x-key"]),
        (&json!("bob"), &"k".parse().unwrap())
    );
    assert_eq!(sandbox.request(Request::new("DELETE", TARGET)).await.status, 204);
    sandbox.seat("carol", "host").await;
    assert_eq!(put(&one.url).await, 204);
    sandbox.seat("dave", "host").await;
    assert_eq!(one.next().await.body["data"]["peer_id"], "dave");
}

#[tokio::test]
async fn errors_name_the_field_and_show_no_header() {
    let sandbox = Sandbox::start();
    sandbox.seat("alice", "host").await;
    let url = "http://127.0.0.1:1/";
    for (path, body, field) in [
        (PATH, json!({"room_id": ROOM, "url": url}), "type"),
        (PATH, json!({"type": " ", "room_id": ROOM, "url": url}), "type"),
        (PATH, json!({"type": "a", "url": url}), "room_id"),
        (PATH, json!({"type": "a", "room_id": "a/b", "url": url}), "room_id"),
        (PATH, json!({"type": "a", "room_id": ROOM}), "url"),
        (PATH, json!({"type": "a", "room_id": ROOM, "url": "nowhere"}), "url"),
        (PATH, json!({"type": "a", "room_id": ROOM, "url": url, "peer_id": " "}), "peer_id"),
        (PATH, json!({"type": "a", "room_id": ROOM, "url": url, "data": []}), "data"),
        (PATH, json!({"type": "a", "room_id": ROOM, "url": url, "max_attempts": 5}), "max_attempts"),
        (PATH, json!({"type": "a", "room_id": ROOM, "url": url, "header": {}}), "header"),
        (TARGET, json!({}), "url"),
        (TARGET, json!({"url": "ftp://127.0.0.1/"}), "url"),
        (TARGET, json!({"url": url, "headers": {"X Key": "top-secret"}}), "headers"),
        (TARGET, json!({"url": url, "headers": {"Host": "top-secret"}}), "headers"),
        (TARGET, json!({"url": url, "headers": {"X-Key": 1}}), "headers"),
        (TARGET, json!({"headers": {"X-Key": "top-secret"}}), "headers"),
    ] {
        let method = if path == TARGET { "PUT" } else { "POST" };
        let (got, message) = sandbox.control(method, path, body.clone()).await.control_error(400);
        assert_eq!(got, field, "{body}: {message}");
        assert!(!message.contains("top-secret"), "{message}");
    }
}
