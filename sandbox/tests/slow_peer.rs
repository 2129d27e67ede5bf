//! A peer that does not read uses bounded memory and does not delay the others.

mod common;

use common::Sandbox;
use serde_json::json;

const MESSAGE: usize = 1 << 20;

#[tokio::test]
async fn a_peer_that_does_not_read_is_disconnected_and_the_others_are_not_affected() {
    let sandbox = Sandbox::start_with(&["--drop-after-seconds", "0"]);
    let mut alice = sandbox.join("alice", "host").await;
    let slow = sandbox.join("slow", "host").await;
    alice.next("on-peer-join").await;
    // Far more than its queue and the system's buffers hold.
    let text = "x".repeat(MESSAGE);
    let mut received = 0;
    let mut gone = false;
    while !gone {
        assert!(received < 200, "it is still connected");
        assert_eq!(sandbox.send(json!({"message": text})).await.status, 200);
        loop {
            let frame = alice.frame().await;
            gone |= frame["method"] == "on-peer-leave";
            if frame["method"] == "on-broadcast" {
                break;
            }
        }
        received += 1;
    }
    assert!(received > 64, "{received}: disconnected too early");
    let response = sandbox.send(json!({"message": "hi", "peer_id": "slow"})).await;
    assert_eq!(response.status, 404);
    drop(slow);
}

#[tokio::test]
async fn a_peer_can_read_thousands_of_messages_late() {
    let sandbox = Sandbox::start();
    let mut sender = sandbox.join("sender", "host").await;
    let mut late = sandbox.join("late", "guest").await;
    for number in 0..5000 {
        let info = json!({"message": number.to_string(), "type": "chat"});
        sender.send(json!({"method": "broadcast", "params": {"info": info}})).await;
    }
    for number in 0..5000 {
        let message = late.next("on-broadcast").await;
        assert_eq!(message["info"]["message"], number.to_string());
    }
}
