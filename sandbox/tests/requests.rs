//! The record of the requests to the server API.

mod common;

use common::{ROOM, Request, Sandbox, send_path, token, with_timeout};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// `GET /sandbox/requests`.
async fn requests(sandbox: &Sandbox, query: &str) -> Value {
    let response = sandbox.request(Request::get(&format!("/sandbox/requests?{query}"))).await;
    assert_eq!(response.status, 200, "{response:?}");
    response.json()
}

/// Of each request: what it was, the status and the outcome.
fn summaries(found: &Value) -> Vec<String> {
    let requests = found["requests"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    requests
        .map(|request| ["method", "path", "status", "outcome"].map(|field| text(&request[field])).join(" "))
        .collect()
}

fn message(body: &str) -> Request {
    Request::post(&send_path(ROOM), body.to_owned()).bearer(&token::management())
}

/// Sends a message, and reads no response.
async fn send_only(sandbox: &Sandbox, body: &Value) -> TcpStream {
    let mut stream = TcpStream::connect(sandbox.authority()).await.unwrap();
    let (body, token) = (body.to_string(), token::management());
    let head = format!("Host: x\r\nAuthorization: Bearer {token}\r\nContent-Length: {}", body.len());
    let request = format!("POST {} HTTP/1.1\r\n{head}\r\n\r\n{body}", send_path(ROOM));
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn every_request_is_recorded_before_its_response() {
    let sandbox = Sandbox::start();
    sandbox.request(message(r#"{"message": "hi"}"#)).await.detail(404);
    sandbox.seat("alice", "host").await;
    assert_eq!(sandbox.send(json!({"message": "hi", "role": "host"})).await.status, 200);
    sandbox.request(message("{")).await.detail(400);
    let unsigned = Request::get(&format!("/v2/active-rooms/{ROOM}/peers?role=a%20b"));
    sandbox.request(unsigned.header("User-Agent", "a test/1")).await.detail(401);
    sandbox.request(Request::new("PUT", &format!("/v2/active-rooms/{ROOM}"))).await.detail(405);
    sandbox.request(Request::get("/v2/nothing")).await.detail(404);
    sandbox.request(message(&format!(r#"{{"message": "{}"}}"#, "x".repeat(17 << 20)))).await.detail(413);
    // Not of the server API.
    sandbox.request(Request::get("/v20")).await.detail(404);
    sandbox.request(Request::get("/init")).await;

    let found = requests(&sandbox, "").await;
    let send = format!("POST /v2/active-rooms/{ROOM}/send-message");
    assert_eq!(
        summaries(&found),
        [
            format!("{send} 404 rejected"),
            format!("{send} 200 accepted"),
            format!("{send} 400 rejected"),
            format!("GET /v2/active-rooms/{ROOM}/peers?role=a%20b 401 rejected"),
            format!("PUT /v2/active-rooms/{ROOM} 405 rejected"),
            "GET /v2/nothing 404 rejected".to_owned(),
            format!("{send} 413 rejected"),
        ]
    );
    assert_eq!((&found["next"], &found["dropped"]), (&json!(7), &json!(0)));
    let [sent, query, unknown, large] = [1, 3, 5, 6].map(|index| &found["requests"][index]);
    assert_eq!((&sent["number"], &sent["room_id"]), (&json!(2), &json!(ROOM)));
    assert_eq!(sent["body"], r#"{"message":"hi","role":"host"}"#);
    assert_eq!(sent["response"], r#"{"message":"message sent"}"#);
    assert!(sent["message_id"].is_string() && sent.get("fault").is_none());
    chrono::DateTime::parse_from_rfc3339(sent["time"].as_str().unwrap()).unwrap();
    assert_eq!((&query["user_agent"], &query["body"]), (&json!("a test/1"), &json!("")));
    assert_eq!(unknown["room_id"], Value::Null);
    assert_eq!(large["body"].as_str().unwrap().len(), 8 << 10);
    assert!(large["body_bytes"].as_u64().unwrap() > 17 << 20);
    // No token is in it.
    assert!(!found.to_string().contains(&token::management()));
    assert!(!found.to_string().contains("Bearer"));
}

#[tokio::test]
async fn faults_are_recorded_with_what_the_client_sees() {
    let sandbox = Sandbox::start();
    sandbox.seat("alice", "host").await;
    for fault in [
        json!({"kind": "status", "status": 503, "count": 1}),
        json!({"kind": "delay", "delay_ms": 20, "count": 1}),
    ] {
        assert_eq!(sandbox.control("POST", "/sandbox/faults", fault).await.status, 201);
    }
    assert_eq!(sandbox.send(json!({"message": "refused"})).await.status, 503);
    for kind in ["lost_answer", "disconnect"] {
        let fault = json!({"kind": kind, "count": 1});
        assert_eq!(sandbox.control("POST", "/sandbox/faults", fault).await.status, 201);
        let mut stream = send_only(&sandbox, &json!({"message": kind})).await;
        let mut rest = Vec::new();
        let _ = with_timeout(stream.read_to_end(&mut rest)).await;
        assert_eq!(rest, b"");
    }
    let found = requests(&sandbox, "").await;
    let seen: Vec<Value> = found["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|request| {
            json!([request["status"], request["outcome"], request["fault"], request["response"].is_null()])
        })
        .collect();
    assert_eq!(
        seen,
        [
            json!([503, "unknown", "delay, status", false]),
            json!([null, "unknown", "lost_answer", true]),
            json!([null, "unknown", "disconnect", true]),
        ]
    );
    assert!(found["requests"][0]["duration_ms"].as_u64().unwrap() >= 20);
    // Whether it was delivered, the client cannot know; the sandbox does.
    let delivered = |index: usize| found["requests"][index].get("message_id").is_some();
    assert_eq!([delivered(0), delivered(1), delivered(2)], [false, true, false]);
}

#[tokio::test]
async fn a_client_that_goes_away_has_an_unknown_outcome() {
    let sandbox = Sandbox::start();
    sandbox.seat("alice", "host").await;
    let fault = json!({"kind": "delay", "delay_ms": 300, "count": 1});
    assert_eq!(sandbox.control("POST", "/sandbox/faults", fault).await.status, 201);
    let stream = send_only(&sandbox, &json!({"message": "hi"})).await;
    // Until the fault was applied, the request may not have been read.
    while sandbox.request(Request::get("/sandbox/faults")).await.json()["faults"][0]["applied"] == 0 {}
    drop(stream);
    let found = requests(&sandbox, "wait_ms=60000").await;
    let request = &found["requests"][0];
    assert_eq!((&request["status"], &request["outcome"]), (&json!(null), &json!("unknown")));
    assert!(request["message_id"].is_string(), "it was processed all the same: {request}");
}

#[tokio::test]
async fn a_limit_of_requests_is_recorded() {
    let sandbox = Sandbox::start_with(&["--rate-limit", "1"]);
    sandbox.get("/v2/active-rooms/x").await.detail(404);
    sandbox.get("/v2/active-rooms/x").await.detail(429);
    let found = requests(&sandbox, "after=1").await;
    assert_eq!(summaries(&found), ["GET /v2/active-rooms/x 429 rejected"]);
    assert_eq!(found["requests"][0]["fault"], "rate_limit");
}

#[tokio::test]
async fn waiting_for_the_next_request() {
    let sandbox = Sandbox::start();
    let found = requests(&sandbox, "wait_ms=20").await;
    assert_eq!((summaries(&found), &found["next"]), (vec![], &json!(0)));
    let started = Instant::now();
    let (found, _) = tokio::join!(requests(&sandbox, "after=0&wait_ms=60000"), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        sandbox.get("/v2/active-rooms/x").await.detail(404)
    });
    assert_eq!(summaries(&found), ["GET /v2/active-rooms/x 404 rejected"]);
    assert!(started.elapsed() < Duration::from_secs(50));
    for (query, field) in [("after=-1", "after"), ("wait_ms=60001", "wait_ms"), ("since=1", "since")] {
        let refused = sandbox.request(Request::get(&format!("/sandbox/requests?{query}"))).await;
        assert_eq!((refused.status, &refused.json()["error"]["field"]), (400, &json!(field)));
    }
}
