//! `--rate-limit`: more requests than it allows are refused, and reach nobody.

mod common;

use std::time::Duration;

use common::{Request, Sandbox};
use serde_json::json;

#[tokio::test]
async fn more_requests_than_allowed_are_refused_and_reach_nobody() {
    let sandbox = Sandbox::start_with(&["--rate-limit", "1"]);
    let mut alice = sandbox.join("alice", "guest").await;
    let mut accepted = 0;
    for number in 0..10 {
        let response = sandbox.send(json!({"message": format!("m{number}")})).await;
        if response.status == 200 {
            accepted += 1;
            continue;
        }
        assert_eq!(response.detail(429), "rate limit exceeded, retry after 1 seconds");
        assert_eq!(response.header("retry-after"), Some("1"));
    }
    assert!((1..10).contains(&accepted), "{accepted}");
    // It is served again after the time that it named.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(sandbox.send(json!({"message": "marker"})).await.status, 200);
    assert_eq!(alice.messages_until("marker").await.len(), accepted);
}

#[tokio::test]
async fn every_request_of_the_api_counts_and_no_other() {
    let sandbox = Sandbox::start_with(&["--rate-limit", "1"]);
    let path = "/v2/active-rooms/r/peers";
    let statuses = [
        sandbox.get(path).await.status,
        sandbox.get(path).await.status,
        sandbox.request(Request::get(path)).await.status,
        sandbox.request(Request::get("/openapi.yaml")).await.status,
    ];
    assert_eq!(statuses, [404, 429, 429, 200]);
}

#[tokio::test]
async fn without_the_option_nothing_is_refused() {
    let sandbox = Sandbox::start();
    for _ in 0..200 {
        assert_eq!(sandbox.get("/v2/active-rooms/r/peers").await.status, 404);
    }
}
