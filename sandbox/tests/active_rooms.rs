//! The read endpoints, and paths and methods that do not exist.

mod common;

use common::{ROOM, Request, Sandbox, token};
use serde_json::{Value, json};

fn path(rest: &str) -> String {
    format!("/v2/active-rooms/{ROOM}{rest}")
}

#[tokio::test]
async fn a_room_names_its_session_and_peers() {
    let sandbox = Sandbox::start();
    assert_ne!(sandbox.get(&path("")).await.detail(404), "");
    let alice = sandbox.join("alice", "host").await;
    let bob = sandbox.join("bob", "guest").await;
    let room = sandbox.get(&path("")).await.json();
    assert_eq!(room["id"], ROOM);
    assert!(room["name"].is_string() && room["customer_id"].is_string());
    assert_eq!(room["session"]["peers"], json!(["alice", "bob"]));
    let created_at = room["session"]["created_at"].as_str().unwrap();
    assert!(chrono::DateTime::parse_from_rfc3339(created_at).is_ok());

    alice.close(Some(1000)).await;
    let same = sandbox.get(&path("")).await.json();
    assert_eq!(same["session"]["peers"], json!(["bob"]));
    assert_eq!(same["session"]["id"], room["session"]["id"]);

    bob.close(Some(1000)).await;
    assert_ne!(sandbox.get(&path("")).await.detail(404), "");
    let _bob = sandbox.join("bob", "guest").await;
    let again = sandbox.get(&path("")).await.json();
    assert_ne!(again["session"]["id"], room["session"]["id"]);
}

#[tokio::test]
async fn peers_can_be_filtered() {
    let sandbox = Sandbox::start();
    let _alice = sandbox.join("alice", "host").await;
    let _bob = sandbox.join("bob", "guest").await;
    for (query, expected) in [
        ("", vec!["alice", "bob"]),
        ("?role=guest", vec!["bob"]),
        ("?user_id=user-alice", vec!["alice"]),
        ("?user_id=user-alice&role=guest", vec![]),
        ("?user_id=&role=", vec!["alice", "bob"]),
        ("?role=Guest", vec![]),
        ("?role=guest&other=1", vec!["bob"]),
    ] {
        let response = sandbox.get(&path(&format!("/peers{query}"))).await.json();
        let peers = response["peers"].as_object().unwrap();
        assert_eq!(peers.keys().collect::<Vec<_>>(), expected, "{query}");
    }
    let missing = sandbox.get("/v2/active-rooms/other/peers").await;
    assert_ne!(missing.detail(404), "");
}

#[tokio::test]
async fn one_peer() {
    let sandbox = Sandbox::start();
    let _alice = sandbox.join("alice", "host").await;
    let mut peer = sandbox.get(&path("/peers/alice")).await.json();
    let joined_at = peer["joined_at"].take();
    assert!(chrono::DateTime::parse_from_rfc3339(joined_at.as_str().unwrap()).is_ok());
    let expected = json!({
        "id": "alice",
        "name": "name of alice",
        "user_id": "user-alice",
        "metadata": "{}",
        "role": "host",
        "joined_at": null,
        "tracks": {},
    });
    assert_eq!(peer, expected);
    let mut listed = sandbox.get(&path("/peers")).await.json();
    listed["peers"]["alice"]["joined_at"] = Value::Null;
    listed["peers"]["alice"]["tracks"] = json!({});
    assert_eq!(listed, json!({"peers": {"alice": expected}}));
    assert_ne!(sandbox.get(&path("/peers/bob")).await.detail(404), "");
}

#[tokio::test]
async fn the_openapi_document_needs_no_token() {
    let sandbox = Sandbox::start();
    let document = sandbox.request(Request::get("/openapi.yaml")).await;
    assert_eq!(document.status, 200);
    assert_eq!(document.header("content-type"), Some("application/yaml"));
    assert_eq!(document.text, include_str!("../openapi.yaml"));
}

#[tokio::test]
async fn unknown_paths_and_methods_have_json_errors() {
    let sandbox = Sandbox::start();
    for unknown in ["/nothing", "/v2", "/v2/rooms", &path("/peers/alice/tracks")] {
        assert_ne!(sandbox.get(unknown).await.detail(404), "", "{unknown}");
    }
    for (method, path) in [
        ("GET", path("/send-message")),
        ("PUT", path("/send-message")),
        ("POST", path("/peers")),
        ("DELETE", path("")),
        ("POST", "/init".to_owned()),
    ] {
        let request = Request::new(method, &path).bearer(&token::management());
        let response = sandbox.request(request).await;
        assert_ne!(response.detail(405), "", "{method} {path}");
        assert!(response.header("allow").is_some(), "{method} {path}");
    }
    let odd = sandbox.get("/v2/active-rooms/%ff").await;
    assert_ne!(odd.detail(400), "");
}
