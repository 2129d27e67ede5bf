//! Webhooks that the program posts to a real server.

mod common;

use axum::http::StatusCode;
use common::receiver::Receiver;
use common::{ROOM, Sandbox, with_timeout};
use serde_json::json;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

#[tokio::test]
async fn a_session_from_open_to_close() {
    let mut receiver = Receiver::start(|_, _| StatusCode::OK).await;
    let sandbox = Sandbox::start_with(&[
        "--webhook-url",
        &receiver.url,
        "--webhook-header",
        "X-Key: the-secret",
        "--webhook-header",
        "X-Other: 2",
    ]);
    let alice = sandbox.join("alice", "host").await;
    let webhooks = [receiver.next().await, receiver.next().await];
    assert_eq!([webhooks[0].kind(), webhooks[1].kind()], ["session.open.success", "peer.join.success"]);
    for webhook in &webhooks {
        assert_eq!(webhook.path, "/hooks?app=1");
        assert_eq!(webhook.headers["content-type"], "application/json");
        assert_eq!(webhook.headers["x-key"], "the-secret");
        assert_eq!(webhook.headers["x-other"], "2");
        assert_eq!(webhook.body["data"]["room_id"], ROOM);
    }
    let data = &webhooks[1].body["data"];
    assert_eq!(
        [&data["peer_id"], &data["user_id"], &data["user_name"], &data["role"]],
        ["alice", "user-alice", "name of alice", "host"]
    );
    // The server API shows the same session.
    let active = sandbox.get(&format!("/v2/active-rooms/{ROOM}")).await.json();
    assert_eq!(active["session"]["id"], data["session_id"]);
    assert_eq!(active["session"]["created_at"], data["session_started_at"]);

    let mut bob = sandbox.join("bob", "guest").await;
    bob.call("leave", json!({})).await;
    alice.close(Some(1000)).await;
    let bobs = [receiver.next().await, receiver.next().await];
    assert_eq!([bobs[0].kind(), bobs[1].kind()], ["peer.join.success", "peer.leave.success"]);
    assert_eq!(bobs[1].body["data"]["peer_id"], "bob");
    assert_eq!(bobs[1].body["data"]["reason"], "client request");
    assert_eq!(bobs[1].body["data"]["joined_at"], bobs[0].body["data"]["joined_at"]);
    let left = receiver.next().await;
    assert_eq!([&left.body["data"]["peer_id"], &left.body["data"]["reason"]], ["alice", "websocket closed"]);
    let closed = receiver.next().await;
    assert_eq!(closed.kind(), "session.close.success");
    assert_eq!(closed.body["data"]["session_id"], data["session_id"]);
}

#[tokio::test]
async fn a_webhook_without_a_200_is_retried_and_does_not_delay_others() {
    let mut receiver = Receiver::start(|kind, times| match (kind, times) {
        ("peer.join.success", 1) => StatusCode::ACCEPTED,
        _ => StatusCode::OK,
    })
    .await;
    let sandbox = Sandbox::start_with(&["--webhook-url", &receiver.url]);
    let mut alice = sandbox.join("alice", "host").await;
    assert_eq!(receiver.kinds(1).await, ["session.open.success"]);
    let first = receiver.next().await;
    alice.call("leave", json!({})).await;
    assert_eq!(receiver.kinds(2).await, ["peer.leave.success", "session.close.success"]);
    let again = receiver.next().await;
    assert_eq!(again.body, first.body);
    assert_eq!(again.kind(), "peer.join.success");
}

#[cfg(unix)]
#[tokio::test]
async fn undelivered_webhooks_are_reported_at_shutdown_without_secrets() {
    // Nothing listens there.
    let nowhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", nowhere.local_addr().unwrap());
    drop(nowhere);
    let more = ["--webhook-url", &url, "--webhook-header", "X-Key: webhook-secret", "--verbose"];
    let mut sandbox = Sandbox::spawn(Sandbox::command("127.0.0.1:0", &more).stderr(Stdio::piped()));
    let _alice = sandbox.join("alice", "host").await;
    let mut errors = sandbox.child.stderr.take().unwrap();
    assert!(
        Command::new("kill").args(["-TERM", &sandbox.child.id().to_string()]).status().unwrap().success()
    );
    let (stderr, status) = with_timeout(async {
        tokio::task::spawn_blocking(move || {
            let mut stderr = String::new();
            errors.read_to_string(&mut stderr).unwrap();
            (stderr, sandbox.child.wait().unwrap())
        })
        .await
        .unwrap()
    })
    .await;
    assert!(status.success());
    assert!(stderr.contains("stopped; webhooks that were not delivered: 2"), "{stderr}");
    assert!(!stderr.contains("webhook-secret"), "{stderr}");
}

#[tokio::test]
async fn https_with_a_certificate_authority_that_the_system_trusts() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let authority = Path::new(env!("CARGO_TARGET_TMPDIR")).join("webhook-authority.pem");
    std::fs::write(&authority, made.cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/hooks", tcp.local_addr().unwrap().port());
    let mut command = Sandbox::command("127.0.0.1:0", &["--webhook-url", &url]);
    let sandbox = Sandbox::spawn(command.env("SSL_CERT_FILE", &authority));
    let _alice = sandbox.join("alice", "host").await;
    let (stream, _) = with_timeout(tcp.accept()).await.unwrap();
    let mut stream = with_timeout(TlsAcceptor::from(Arc::new(config)).accept(stream)).await.unwrap();
    let mut head = [0; 20];
    with_timeout(stream.read_exact(&mut head)).await.unwrap();
    assert_eq!(head, *b"POST /hooks HTTP/1.1");
}
