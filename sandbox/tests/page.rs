//! The sandbox's page: its events, its requests, and its access control.

mod common;

use common::{Peer, ROOM, Request, Response, Sandbox, binary, send_path, token, with_timeout};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;

/// Makes the requests of the page's scripts.
struct Caller {
    url: String,
    token: String,
}

impl Caller {
    async fn of(sandbox: &Sandbox) -> Self {
        let page = sandbox.request(Request::get("/")).await;
        assert_eq!(page.status, 200);
        let (_, rest) = page.text.split_once(r#"name="page-token" content=""#).unwrap();
        Self { url: sandbox.url.clone(), token: rest.split('"').next().unwrap().to_owned() }
    }

    fn post(&self, path: &str, body: Value) -> Request {
        self.request("POST", path, body)
    }

    fn request(&self, method: &str, path: &str, body: Value) -> Request {
        Request::json(method, path, &body)
            .header("Origin", &self.url)
            .header("Sec-Fetch-Site", "same-origin")
            .header("X-Page-Token", &self.token)
    }

    async fn peer_token(&self, sandbox: &Sandbox, room: &str, role: &str) -> Response {
        let body = json!({"room_id": room, "role": role, "user_id": "Alice"});
        sandbox.request(self.post("/page/peer-token", body)).await
    }

    async fn send(&self, sandbox: &Sandbox, body: Value) -> Response {
        sandbox.request(self.post(&format!("/page/rooms/{ROOM}/send-message"), body)).await
    }
}

/// The event stream, as an EventSource reads it.
struct Events(Lines<BufReader<TcpStream>>);

impl Events {
    async fn of(sandbox: &Sandbox) -> Self {
        let caller = Caller::of(sandbox).await;
        let mut stream = TcpStream::connect(sandbox.authority()).await.unwrap();
        let head = format!(
            "GET /page/events?token={} HTTP/1.1\r\nHost: {}\r\nSec-Fetch-Site: same-origin\r\n\r\n",
            caller.token,
            sandbox.authority()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        Self(BufReader::new(stream).lines())
    }

    async fn next(&mut self) -> (String, Value) {
        let mut name = None;
        loop {
            let line = with_timeout(self.0.next_line()).await.unwrap().expect("the event stream ended");
            if let Some(event) = line.strip_prefix("event: ") {
                name = Some(event.to_owned());
            }
            if let (Some(name), Some(data)) = (&name, line.strip_prefix("data: ")) {
                return (name.clone(), serde_json::from_str(data).unwrap());
            }
        }
    }
}

fn without_time(mut event: Value) -> Value {
    assert!(event["at"].take().as_i64().unwrap() > 1_700_000_000_000);
    event
}

#[tokio::test]
async fn the_event_stream_has_the_rooms_and_their_events() {
    let sandbox = Sandbox::start();
    let alice = sandbox.join("alice", "host").await;
    sandbox.send(json!({"message": "before"})).await;
    let mut events = Events::of(&sandbox).await;
    let peer = |id: &str, role: &str| json!({"peer_id": id, "name": format!("name of {id}"), "role": role, "user_id": format!("user-{id}")});
    assert_eq!(
        events.next().await,
        ("rooms".to_owned(), json!([{"room": ROOM, "peers": [peer("alice", "host")]}]))
    );
    let (name, event) = events.next().await;
    assert_eq!((name.as_str(), &event["kind"]), ("past", &json!("joined")));
    let (name, event) = events.next().await;
    assert_eq!((name.as_str(), &event["text"]), ("past", &json!("before")));
    let (name, request) = events.next().await;
    assert_eq!((name.as_str(), &request["kind"]), ("past", &json!("request")));
    assert_eq!(request["request"]["message_id"], event["message_id"]);

    let mut bob = sandbox.join("bob", "guest").await;
    let (name, event) = events.next().await;
    assert_eq!(name, "now");
    assert_eq!(
        without_time(event),
        json!({"kind": "joined", "room": ROOM, "at": null, "peer": peer("bob", "guest")})
    );
    let message = |to: Value, from: Value, kind: Value, text: &str, recipients: &[&str]| {
        json!({
            "kind": "message", "room": ROOM, "at": null, "message_id": null, "from": from, "to": to, "type": kind,
            "text": text, "bytes": text.len(), "is_whole": true, "reached": recipients.len(),
            "recipients": recipients,
        })
    };
    sandbox.send(json!({"message": "hi\nall", "type": "chat"})).await;
    sandbox.send(json!({"message": "guests", "role": "guest"})).await;
    sandbox.send(json!({"message": "♠", "peer_id": "alice"})).await;
    bob.call("broadcast", json!({"info": {"message": {"a": 1}, "type": 7}})).await;
    for expected in [
        message(json!({"kind": "everyone"}), Value::Null, json!("chat"), "hi\nall", &["alice", "bob"]),
        message(json!({"kind": "roles", "roles": "guest"}), Value::Null, Value::Null, "guests", &["bob"]),
        message(
            json!({"kind": "peer", "peer": peer("alice", "host")}),
            Value::Null,
            Value::Null,
            "♠",
            &["alice"],
        ),
        message(json!({"kind": "everyone"}), peer("bob", "guest"), json!("7"), r#"{"a":1}"#, &["alice"]),
    ] {
        let mut event = without_time(events.next().await.1);
        let message_id = event["message_id"].take();
        event["recipients"].as_array_mut().unwrap().sort_by_key(Value::to_string);
        assert_eq!(event, expected);
        assert!(message_id.is_string());
        // Those of the server API are followed by their request.
        if event["from"].is_null() {
            let request = events.next().await.1;
            assert_eq!(request["request"]["message_id"], message_id);
        }
    }
    sandbox.send(json!({"message": "nobody", "peer_id": "carol"})).await.detail(404);
    let request = &events.next().await.1["request"];
    assert_eq!(
        (&request["status"], &request["outcome"], request.get("message_id")),
        (&json!(404), &json!("rejected"), None)
    );
    bob.close(Some(1000)).await;
    let (name, event) = events.next().await;
    assert_eq!(name, "now");
    assert_eq!((&event["kind"], &event["reason"]), (&json!("left"), &json!("websocket closed")));
    drop(alice);
}

#[tokio::test]
async fn peers_of_the_page_join_like_any_other() {
    let sandbox = Sandbox::start();
    let caller = Caller::of(&sandbox).await;
    let response = caller.peer_token(&sandbox, ROOM, "host").await;
    assert_eq!(response.status, 200);
    let peer_token = response.json()["token"].as_str().unwrap().to_owned();
    let init = sandbox.request(Request::get("/init?peer_id=p").bearer(&peer_token)).await;
    assert_eq!(init.status, 200);
    let mut alice = Peer::connect_with(sandbox.authority(), "p", &peer_token).await;
    assert_eq!(alice.next("on-policy-change").await["name"], "host");
    alice.call("join", json!({"name": "Alice", "data": ""})).await;
    assert_eq!(sandbox.send(json!({"message": "hi", "peer_id": "p"})).await.status, 200);
    assert_eq!(alice.next("on-broadcast").await["info"]["message"], "hi");
}

#[tokio::test]
async fn the_pages_tokens_are_invalid_at_the_server_api_and_not_signed_with_the_apps_secret() {
    let sandbox = Sandbox::start();
    let _alice = sandbox.join("alice", "host").await;
    let caller = Caller::of(&sandbox).await;
    let peer_token = caller.peer_token(&sandbox, ROOM, "host").await.json();
    let peer_token = peer_token["token"].as_str().unwrap();
    for bad in [peer_token, &caller.token, ""] {
        let request = caller.post(&send_path(ROOM), json!({"message": "hi"})).bearer(bad);
        sandbox.request(request).await.detail(401);
    }
    let (signed, signature) = peer_token.rsplit_once('.').unwrap();
    let (_, claims) = signed.split_once('.').unwrap();
    let claims: Value = token::decode(claims);
    assert_eq!(claims["room_id"], ROOM);
    assert_ne!(claims["access_key"], common::ACCESS_KEY);
    assert_ne!(token::signature(signed), signature, "the app's secret must not sign it");
}

#[tokio::test]
async fn sending_follows_the_rules_of_the_server_api() {
    let sandbox = Sandbox::start();
    let caller = Caller::of(&sandbox).await;
    assert_eq!(caller.send(&sandbox, json!({"message": "hi"})).await.detail(404), "no peer is in this room");
    let mut alice = sandbox.join("alice", "host").await;
    let mut bob = sandbox.join("bob", "guest").await;
    let sent = caller.send(&sandbox, json!({"message": "for bob", "peer_id": "bob", "type": "chat"})).await;
    assert_eq!((sent.status, sent.json()), (200, json!({"message": "message sent"})));
    caller.send(&sandbox, json!({"message": "end"})).await;
    assert_eq!(bob.messages_until("end").await[0]["info"], json!({"message": "for bob", "type": "chat"}));
    assert!(alice.messages_until("end").await.is_empty());
    assert!(caller.send(&sandbox, json!({"message": 1})).await.detail(400).contains("message"));
}

#[tokio::test]
async fn the_demo_room_is_started_and_ended() {
    let sandbox = Sandbox::start();
    let caller = Caller::of(&sandbox).await;
    // A second time, nothing changes.
    for _ in 0..2 {
        let started = sandbox.request(caller.post("/page/demo-room", json!({}))).await;
        assert_eq!((started.status, started.json()), (200, json!({"room_id": "demo"})));
        let peers = sandbox.get("/v2/active-rooms/demo/peers").await.json();
        assert_eq!(peers["peers"].as_object().unwrap().len(), 4);
    }
    let ended = sandbox.request(caller.request("DELETE", "/page/demo-room", json!({}))).await;
    assert_eq!(ended.status, 200);
    sandbox.get("/v2/active-rooms/demo").await.detail(404);
}

#[tokio::test]
async fn the_page_sets_faults_and_its_own_sends_suffer_them() {
    let sandbox = Sandbox::start();
    let mut alice = sandbox.join("alice", "host").await;
    let caller = Caller::of(&sandbox).await;
    let body = json!({"kind": "status", "status": 503, "count": 1, "room_id": ROOM});
    let added = sandbox.request(caller.post("/page/faults", body)).await;
    assert_eq!((added.status, &added.json()["id"]), (201, &json!(1)));
    caller.send(&sandbox, json!({"message": "refused"})).await.detail(503);
    assert_eq!(caller.send(&sandbox, json!({"message": "end"})).await.status, 200);
    assert!(alice.messages_until("end").await.is_empty());
    let recorded = sandbox.request(Request::get("/sandbox/requests")).await.json();
    let first = &recorded["requests"][0];
    assert_eq!(first["path"], format!("/page/rooms/{ROOM}/send-message"));
    assert_eq!((&first["room_id"], &first["fault"]), (&json!(ROOM), &json!("status")));
    assert_eq!(first["body"], r#"{"message":"refused"}"#);
    let removed = sandbox.request(caller.request("DELETE", "/page/faults/1", json!({}))).await;
    assert_eq!(removed.status, 204);
    let refused = sandbox.request(caller.post("/page/faults", json!({"kind": "delay"}))).await;
    assert_eq!((refused.status, &refused.json()["error"]["field"]), (400, &json!("delay_ms")));
}

#[tokio::test]
async fn a_peer_token_needs_room_role_and_user() {
    let sandbox = Sandbox::start();
    let caller = Caller::of(&sandbox).await;
    assert_eq!(caller.peer_token(&sandbox, " ", "host").await.detail(400), "room_id is blank");
    assert_eq!(caller.peer_token(&sandbox, ROOM, "").await.detail(400), "role is blank");
    let long = "x".repeat(257);
    assert_eq!(caller.peer_token(&sandbox, ROOM, &long).await.detail(400), "role has more than 256 bytes");
    let odd = sandbox.request(caller.post("/page/peer-token", json!([1]))).await;
    assert!(odd.detail(400).contains("user_id"));
}

#[tokio::test]
async fn other_pages_cannot_make_the_pages_requests() {
    let sandbox = Sandbox::start();
    let mut alice = sandbox.join("alice", "host").await;
    let Caller { url, token } = Caller::of(&sandbox).await;
    let another_port = format!("http://127.0.0.1:{}", 1);
    let https = url.replace("http://", "https://");
    let own = sandbox.authority();
    // Each differs in one thing from an allowed request.
    let cases: [(&str, Option<&str>, Option<&str>, &str); 10] = [
        (own, Some(&url), Some("same-origin"), "another token"),
        (own, Some(&url), Some("same-origin"), ""),
        (own, Some(&url), Some("cross-site"), &token),
        (own, Some(&url), Some("same-site"), &token),
        (own, Some("https://evil.example"), Some("same-origin"), &token),
        (own, Some(&another_port), None, &token),
        (own, Some(&https), None, &token),
        (own, Some("null"), None, &token),
        (own, None, Some("same-origin"), &token),
        ("evil.example", Some("http://evil.example"), Some("same-origin"), &token),
    ];
    for (host, origin, site, token) in cases {
        for (path, body) in [
            (format!("/page/rooms/{ROOM}/send-message"), json!({"message": "evil"})),
            ("/page/peer-token".to_owned(), json!({"room_id": ROOM, "role": "host", "user_id": "evil"})),
            ("/page/faults".to_owned(), json!({"kind": "disconnect"})),
            ("/page/demo-room".to_owned(), json!({})),
        ] {
            let mut request = Request::post(&path, body.to_string())
                .header("Content-Type", "application/json")
                .header("X-Page-Token", token);
            for (name, value) in [("Origin", origin), ("Sec-Fetch-Site", site)] {
                if let Some(value) = value {
                    request = request.header(name, value);
                }
            }
            let response = sandbox.request(request.host(host)).await;
            assert_eq!(response.status, 403, "{path} {host} {origin:?} {site:?}");
            assert_eq!(response.header("access-control-allow-origin"), None);
            assert!(!response.text.contains(&sandbox_secret(&sandbox)));
        }
    }
    for (host, site, query) in [
        (own, "same-origin", String::new()),
        (own, "same-origin", "?token=other".to_owned()),
        (own, "cross-site", format!("?token={token}")),
        (own, "same-site", format!("?token={token}")),
        ("evil.example:80", "same-origin", format!("?token={token}")),
    ] {
        let request = Request::get(&format!("/page/events{query}")).header("Sec-Fetch-Site", site);
        assert_eq!(sandbox.request(request.host(host)).await.status, 403, "{host} {site} {query}");
    }
    // No preflight request succeeds.
    let preflight = Request::new("OPTIONS", "/page/peer-token")
        .header("Origin", "https://evil.example")
        .header("Access-Control-Request-Method", "POST");
    let response = sandbox.request(preflight).await;
    assert_ne!(response.status / 100, 2);
    assert_eq!(response.header("access-control-allow-origin"), None);
    assert_eq!(sandbox.send(json!({"message": "end"})).await.status, 200);
    assert!(alice.messages_until("end").await.is_empty());
    sandbox.get("/v2/active-rooms/demo").await.detail(404);
}

fn sandbox_secret(sandbox: &Sandbox) -> String {
    sandbox.exports[2].split_once('=').unwrap().1.to_owned()
}

#[tokio::test]
async fn the_files_are_served_to_users_and_to_the_page() {
    let sandbox = Sandbox::start();
    let get = |path: &str, site: &str, mode: &str, dest: &str| {
        let request = Request::get(path);
        let headers = [("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode), ("Sec-Fetch-Dest", dest)];
        sandbox
            .request(headers.into_iter().fold(request, |request, (name, value)| request.header(name, value)))
    };
    for path in ["/", "/peer"] {
        assert_eq!(get(path, "none", "navigate", "document").await.status, 200);
        // A link on another site may open it: scripts there cannot read the other window.
        assert_eq!(get(path, "cross-site", "navigate", "document").await.status, 200);
        assert_eq!(get(path, "cross-site", "navigate", "iframe").await.status, 403);
        assert_eq!(get(path, "cross-site", "no-cors", "script").await.status, 403);
        let rebound = Request::get(path).host("evil.example");
        assert_eq!(sandbox.request(rebound).await.status, 403);
        let response = get(path, "none", "navigate", "document").await;
        assert!(!response.text.contains(&sandbox_secret(&sandbox)));
        let policy = response.header("content-security-policy").unwrap();
        for part in
            ["default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "trusted-types 'none'"]
        {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(response.header("x-frame-options"), Some("DENY"));
        assert_eq!(response.header("cross-origin-opener-policy"), Some("same-origin"));
        assert_eq!(response.header("cross-origin-resource-policy"), Some("same-origin"));
        // Every file that the page loads exists.
        for part in response.text.split("=\"/page/").skip(1) {
            let file = part.split('"').next().unwrap();
            let loaded = get(&format!("/page/{file}"), "same-origin", "no-cors", "script").await;
            assert_eq!(loaded.status, 200, "{file}");
        }
    }
    assert_eq!(get("/page/main.js", "cross-site", "no-cors", "script").await.status, 403);
    assert_eq!(get("/page/nothing.js", "same-origin", "no-cors", "script").await.status, 404);
}

#[tokio::test]
async fn each_run_has_its_own_token() {
    let (one, two) = (Sandbox::start(), Sandbox::start());
    assert_ne!(Caller::of(&one).await.token, Caller::of(&two).await.token);
}

#[tokio::test]
async fn its_url_is_printed_and_it_is_off_on_other_addresses_than_loopback() {
    let sandbox = Sandbox::start();
    assert_eq!(sandbox.line(), Some(format!("# see the rooms at {}/", sandbox.url)));

    let off =
        [Sandbox::start_with(&["--no-page"]), Sandbox::start_at("0.0.0.0:0", &["--allow-non-loopback"])];
    for mut sandbox in off {
        sandbox.url = sandbox.url.replace("0.0.0.0", "127.0.0.1");
        for path in ["/", "/peer", "/page/main.js", "/page/events"] {
            sandbox.request(Request::get(path)).await.detail(404);
        }
        sandbox.child.kill().unwrap();
        assert_eq!(sandbox.line(), None);
    }

    let mut exposed = Sandbox::start_at("0.0.0.0:0", &["--allow-non-loopback", "--page"]);
    exposed.url = exposed.url.replace("0.0.0.0", "127.0.0.1");
    assert_eq!(exposed.request(Request::get("/")).await.status, 200);
    assert_eq!(exposed.request(Request::get("/").host("evil.example")).await.status, 403);
    let both = binary().args(["--page", "--no-page"]).output().unwrap();
    assert!(!both.status.success());
}

#[tokio::test]
async fn a_page_that_falls_behind_gets_a_new_snapshot() {
    let sandbox = Sandbox::start();
    let _alice = sandbox.join("alice", "host").await;
    let mut events = Events::of(&sandbox).await;
    // More than the buffers between the sandbox and a page that does not read can hold.
    let text = "x".repeat(8 << 10);
    let caller = Caller::of(&sandbox).await;
    for number in 0..2000 {
        let body = json!({"message": format!("{number} {text}")});
        assert_eq!(caller.send(&sandbox, body).await.status, 200);
    }
    let mut last = 0;
    let mut snapshots = 0;
    while last < 1999 {
        let (name, event) = events.next().await;
        if name == "rooms" {
            snapshots += 1;
            assert_eq!(event[0]["peers"].as_array().unwrap().len(), 1);
        } else if let Some(text) = event["text"].as_str() {
            last = text.split(' ').next().unwrap().parse().unwrap();
        }
    }
    assert!(snapshots > 1, "it got every event, so nothing was bounded");
}
