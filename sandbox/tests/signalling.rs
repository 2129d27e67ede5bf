//! 100ms's signalling protocol: peers join, send, receive and leave.

mod common;

use common::{Peer, ROOM, Request, Sandbox, token};
use serde_json::json;

#[tokio::test]
async fn init_returns_a_websocket_url_with_the_requested_host() {
    let sandbox = Sandbox::start();
    let token = token::peer("host", "alice");
    let request = Request::get("/init?peer_id=alice&user_agent_v2=x").bearer(&token);
    let response = sandbox.request(request).await;
    assert_eq!(response.status, 200);
    assert_eq!(
        response.json(),
        json!({
            "endpoint": format!("ws://{}/ws", sandbox.authority()),
            "config": {"enabledFlags": ["nonWebRTCDisableOffer"]},
        })
    );
}

#[tokio::test]
async fn pages_of_any_origin_may_call_init() {
    let sandbox = Sandbox::start();
    let preflight = Request::new("OPTIONS", "/init")
        .header("Origin", "https://example.com")
        .header("Access-Control-Request-Method", "GET")
        .header("Access-Control-Request-Headers", "authorization");
    let response = sandbox.request(preflight).await;
    assert_eq!(response.status, 204);
    assert_eq!(response.header("access-control-allow-origin"), Some("*"));
    assert_eq!(response.header("access-control-allow-headers"), Some("authorization"));
    assert!(response.header("access-control-allow-methods").unwrap().contains("GET"));
    for (token, status) in [(token::peer("host", "alice"), 200), ("bad".to_owned(), 401)] {
        let request = Request::get("/init").bearer(&token).header("Origin", "https://example.com");
        let response = sandbox.request(request).await;
        assert_eq!(response.status, status);
        assert_eq!(response.header("access-control-allow-origin"), Some("*"));
    }
}

#[tokio::test]
async fn the_steps_of_a_join() {
    let sandbox = Sandbox::start();
    let mut alice = sandbox.join("alice", "host").await;
    let mut bob = Peer::connect(sandbox.authority(), "bob", "guest").await;
    let policy = bob.frame().await;
    assert_eq!(policy["method"], "on-policy-change");
    assert_eq!(policy["params"]["name"], "guest");
    let role = |name: &str| {
        json!({
            "name": name,
            "publishParams": {"allowed": []},
            "subscribeParams": {"subscribeToRoles": []},
            "permissions": {},
            "priority": 1,
        })
    };
    assert_eq!(policy["params"]["known_roles"], json!({"guest": role("guest"), "host": role("host")}));

    bob.send(json!({"method": "join", "id": "j", "params": {"name": "Bob", "data": "{\"a\":1}"}})).await;
    assert_eq!(bob.frame().await, json!({"jsonrpc": "2.0", "id": "j", "result": {}}));
    let list = bob.frame().await;
    assert_eq!(list["method"], "peer-list");
    let others = &list["params"]["peers"];
    assert_eq!(others.as_object().unwrap().len(), 1);
    assert_eq!(others["alice"]["info"]["user_id"], "user-alice");
    assert_eq!(list["params"]["room"]["session_id"].as_str().unwrap().len(), 36);

    let mut joined = alice.next("on-peer-join").await;
    assert!(joined["joined_at"].take().is_i64());
    assert_eq!(
        joined,
        json!({
            "peer_id": "bob",
            "role": "guest",
            "info": {"name": "Bob", "data": "{\"a\":1}", "user_id": "user-bob", "type": "regular"},
            "tracks": {},
            "groups": [],
            "joined_at": null,
            "realtime": true,
        })
    );
}

#[tokio::test]
async fn calls_get_responses() {
    let sandbox = Sandbox::start();
    let mut alice = sandbox.join("alice", "host").await;
    for method in ["ping", "analytics", "trickle", "track-update"] {
        let response = alice.call(method, json!({})).await;
        assert!(response["result"].is_object(), "{response}");
    }
    let unknown = alice.call("poll-list", json!({})).await;
    assert_eq!(unknown["error"]["code"], -32601);
    assert!(unknown["error"]["message"].is_string());

    // A call without an id gets no response, not even an error.
    alice.send(json!({"method": "analytics", "params": {}})).await;
    alice.send(json!({"method": "poll-list", "params": {}})).await;
    alice.send(json!({"method": "ping", "id": 7})).await;
    let response = alice.frame().await;
    assert_eq!(response["id"], 7);
    assert!(response["result"]["timestamp"].is_i64());

    alice.send(json!(["no call"])).await;
    alice.send(json!({"id": "x"})).await;
    assert_eq!(alice.frame().await["error"]["code"], -32600);
}

#[tokio::test]
async fn messages_between_peers_follow_the_same_rules() {
    let sandbox = Sandbox::start();
    let mut teacher = sandbox.join("teacher", "host").await;
    let mut alice = sandbox.join("alice", "guest").await;
    let mut bob = sandbox.join("bob", "guest").await;
    let info = json!({"message": "hi", "type": "chat"});
    for (params, expected) in [
        (json!({}), [1, 1]),
        (json!({"roles": ["host"]}), [1, 0]),
        (json!({"roles": ["guest", "host"]}), [1, 1]),
        (json!({"roles": []}), [1, 1]),
        (json!({"peer_id": "bob"}), [0, 1]),
        (json!({"peer_id": "bob", "roles": ["host"]}), [0, 1]),
        (json!({"peer_id": "", "roles": ["guest"]}), [0, 1]),
    ] {
        let mut call = params.clone();
        call["info"] = info.clone();
        let sent = alice.call("broadcast", call).await;
        assert!(sent["result"]["timestamp"].is_i64(), "{sent}");
        let message_id = &sent["result"]["message_id"];
        sandbox.send(json!({"message": "marker"})).await;
        let received = [teacher.messages_until("marker").await, bob.messages_until("marker").await];
        for message in received.iter().flatten() {
            assert_eq!(message["peer"]["peer_id"], "alice");
            assert_eq!(message["peer"]["role"], "guest");
            assert_eq!(message["peer"]["info"]["name"], "name of alice");
            assert_eq!(&message["message_id"], message_id);
            assert_eq!(message["info"], info);
            let to_one = params["peer_id"] == "bob";
            assert_eq!(message["private"], to_one);
        }
        assert_eq!(received.map(|messages| messages.len()), expected, "{params}");
    }
    assert!(alice.messages_until("marker").await.is_empty());

    for bad in [json!({"info": "hi"}), json!({}), json!({"info": {}, "roles": "host"})] {
        let response = alice.call("broadcast", bad).await;
        assert_eq!(response["error"]["code"], -32602);
    }
    let response = alice.call("broadcast", json!({"info": info, "peer_id": "carol"})).await;
    assert_eq!(response["error"]["code"], 404);
    let mut dave = Peer::connect(sandbox.authority(), "dave", "guest").await;
    let response = dave.call("broadcast", json!({"info": info})).await;
    assert_eq!(response["error"]["code"], 404, "dave has not joined");
}

#[tokio::test]
async fn leaving_takes_effect_immediately() {
    let sandbox = Sandbox::start();
    let mut alice = sandbox.join("alice", "host").await;
    let mut bob = sandbox.join("bob", "guest").await;
    let response = bob.call("leave", json!({"client_reason": "user request"})).await;
    assert!(response["result"].is_object());
    assert_eq!(alice.next("on-peer-leave").await["peer_id"], "bob");
    let response = sandbox.send(json!({"message": "hi", "peer_id": "bob"})).await;
    assert_eq!(response.status, 404);
    let response = bob.call("join", json!({"name": "again"})).await;
    assert_eq!(response["error"]["code"], 404);

    for code in [1000, 1001] {
        sandbox.join("carol", "guest").await.close(Some(code)).await;
        assert_eq!(alice.next("on-peer-leave").await["peer_id"], "carol");
    }
}

#[tokio::test]
async fn a_peer_that_reconnects_with_the_same_id_is_still_joined() {
    let sandbox = Sandbox::start();
    let mut alice = sandbox.join("alice", "host").await;
    // The web client closes without a code just before it reconnects.
    sandbox.join("bob", "guest").await.close(None).await;
    let response = sandbox.send(json!({"message": "missed", "peer_id": "bob"})).await;
    assert_eq!(response.status, 200, "bob is still in the room, though he is not connected");
    let mut bob = Peer::connect(sandbox.authority(), "bob", "guest").await;
    assert_eq!(bob.frame().await["method"], "on-policy-change");
    let list = bob.frame().await;
    assert_eq!(list["method"], "peer-list");
    assert!(list["params"]["peers"]["alice"].is_object());
    sandbox.send(json!({"message": "heard", "peer_id": "bob"})).await;
    assert_eq!(bob.next("on-broadcast").await["info"]["message"], "heard");

    sandbox.send(json!({"message": "marker", "peer_id": "alice"})).await;
    let mut joins = 0;
    loop {
        match alice.frame().await {
            frame if frame["method"] == "on-peer-join" => joins += 1,
            frame if frame["method"] == "on-broadcast" => break,
            frame => assert_eq!(frame["method"], "on-policy-change", "{frame}"),
        }
    }
    assert_eq!(joins, 1, "the others get no second on-peer-join");
}

#[tokio::test]
async fn a_second_socket_replaces_the_first() {
    let sandbox = Sandbox::start();
    let mut first = sandbox.join("alice", "host").await;
    let mut second = Peer::connect(sandbox.authority(), "alice", "host").await;
    assert_eq!(first.closed().await, Some(1008));
    sandbox.send(json!({"message": "hi"})).await;
    assert_eq!(second.next("on-broadcast").await["info"]["message"], "hi");
    let room = sandbox.get(&format!("/v2/active-rooms/{ROOM}")).await.json();
    assert_eq!(room["session"]["peers"], json!(["alice"]));
}

#[tokio::test]
async fn a_peer_whose_connection_breaks_and_that_does_not_reconnect_is_removed() {
    let sandbox = Sandbox::start_with(&["--drop-after-seconds", "0"]);
    let mut alice = sandbox.join("alice", "host").await;
    drop(sandbox.join("bob", "guest").await);
    assert_eq!(alice.next("on-peer-leave").await["peer_id"], "bob");
    sandbox.join("carol", "guest").await.close(None).await;
    assert_eq!(alice.next("on-peer-leave").await["peer_id"], "carol");
}

#[tokio::test]
async fn rooms_are_separate() {
    let sandbox = Sandbox::start();
    let mut here = sandbox.join("alice", "host").await;
    let claims = token::peer_claims("other", "host", "alice");
    let token = token::sign(&claims, common::SECRET);
    let url = format!("ws://{}/ws?peer=alice&token={token}", sandbox.authority());
    let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let id = "alice".to_owned();
    let mut there = Peer { id, socket };
    there.call("join", json!({"name": "Alice"})).await;
    sandbox.send(json!({"message": "here"})).await;
    let path = common::send_path("other");
    for message in ["there", "marker"] {
        let body = json!({"message": message}).to_string();
        let request = Request::post(&path, body).bearer(&token::management());
        assert_eq!(sandbox.request(request).await.status, 200);
    }
    let received = there.messages_until("marker").await;
    assert_eq!(received.len(), 1);
    assert_eq!(received[0]["info"]["message"], "there");
    sandbox.send(json!({"message": "marker"})).await;
    assert_eq!(here.messages_until("marker").await.len(), 1);
}

#[tokio::test]
async fn invalid_websocket_requests_are_rejected() {
    let sandbox = Sandbox::start();
    let token = token::peer("host", "alice");
    let plain = Request::get(&format!("/ws?peer=alice&token={token}"));
    let response = sandbox.request(plain).await;
    assert!((400..500).contains(&response.status), "{response:?}");
    assert_eq!(response.json()["code"], response.status);
    let nameless = Request::get(&format!("/ws?token={token}"));
    let response = sandbox.request(nameless).await;
    assert_eq!(response.status, 400);
    assert_eq!(response.json()["message"], "peer is missing");
}
