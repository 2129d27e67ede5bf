//! Which tokens are accepted where.

mod common;

use common::{ACCESS_KEY, ROOM, Request, Response, SECRET, Sandbox, binary, send_path, token};
use serde_json::{Value, json};

async fn send_with(sandbox: &Sandbox, authorization: Option<&str>) -> Response {
    let mut request = Request::post(&send_path(ROOM), json!({"message": "hi"}).to_string());
    if let Some(value) = authorization {
        request = request.header("Authorization", value);
    }
    sandbox.request(request).await
}

fn changed(name: &str, value: Value) -> String {
    let mut claims = token::claims();
    claims[name] = value;
    token::sign(&claims, SECRET)
}

fn without(name: &str) -> String {
    let mut claims = token::claims();
    claims.as_object_mut().unwrap().remove(name);
    token::sign(&claims, SECRET)
}

#[tokio::test]
async fn management_tokens_are_verified() {
    let sandbox = Sandbox::start();
    let _peer = sandbox.join("alice", "host").await;
    let claims = token::claims();
    let now = claims["iat"].as_i64().unwrap() + 10;
    let good = token::management();
    let (head, signature) = good.rsplit_once('.').unwrap();
    let flipped = match signature.as_bytes()[0] {
        b'A' => format!("{head}.B{}", &signature[1..]),
        _ => format!("{head}.A{}", &signature[1..]),
    };
    let cases = [
        (token::sign(&claims, "another"), "the signature does not match"),
        (flipped, "the signature does not match"),
        (format!("{head}."), "the signature does not match"),
        (token::unsigned(&claims, "none"), "the algorithm is not HS256"),
        (token::unsigned(&claims, "NONE"), "the algorithm is not HS256"),
        (token::unsigned(&claims, "HS256"), "the signature does not match"),
        (token::sign_hs512(&claims, SECRET), "the algorithm is not HS256"),
        (changed("exp", json!(now - 1)), "the token has expired"),
        (without("exp"), "exp is missing"),
        (changed("exp", json!("tomorrow")), "the claims cannot be read"),
        (changed("nbf", json!(now + 3600)), "the token is not valid yet"),
        (changed("iat", json!(now + 3600)), "the token was issued in the future"),
        (changed("access_key", json!("other")), "the access key is not known"),
        (without("access_key"), "the access key is not known"),
        (changed("type", json!("app")), "type is not management"),
        (changed("type", json!("Management")), "type is not management"),
        (without("type"), "type is not management"),
        (changed("version", json!(1)), "version is not 2"),
        (changed("version", json!("2")), "the claims cannot be read"),
        (without("version"), "version is not 2"),
        (token::peer("host", "alice"), "type is not management"),
        ("a.b".to_owned(), "not a token"),
        ("a.b.c.d".to_owned(), "not a token"),
        ("!.!.!".to_owned(), "not a token"),
    ];
    for (token, detail) in cases {
        let response = send_with(&sandbox, Some(&format!("Bearer {token}"))).await;
        assert_eq!(response.detail(401), detail, "{token}");
        assert_eq!(response.json()["message"], "Token validation error");
        assert!(!response.text.contains(SECRET) && !response.text.contains(ACCESS_KEY));
    }
    let response = send_with(&sandbox, Some(&format!("Bearer {good}"))).await;
    assert_eq!(response.status, 200);
}

#[tokio::test]
async fn the_authorization_header() {
    let sandbox = Sandbox::start();
    let _peer = sandbox.join("alice", "host").await;
    let good = token::management();
    let missing = send_with(&sandbox, None).await;
    assert_eq!(missing.detail(401), "the Authorization header is missing");
    for value in [good.clone(), format!("Basic {good}"), "Bearer".to_owned()] {
        let response = send_with(&sandbox, Some(&value)).await;
        assert_eq!(response.detail(401), "the Authorization header is not a Bearer token");
    }
    let response = send_with(&sandbox, Some(&format!("bearer {good}"))).await;
    assert_eq!(response.status, 200);
}

/// 100ms documents jti, iat and nbf, but not that they are required.
#[tokio::test]
async fn optional_claims() {
    let sandbox = Sandbox::start();
    let _peer = sandbox.join("alice", "host").await;
    for name in ["jti", "iat", "nbf"] {
        let response = send_with(&sandbox, Some(&format!("Bearer {}", without(name)))).await;
        assert_eq!(response.status, 200, "{name}");
    }
}

#[tokio::test]
async fn every_endpoint_requires_a_management_token() {
    let sandbox = Sandbox::start();
    for path in ["", "/peers", "/peers/alice"] {
        let path = format!("/v2/active-rooms/{ROOM}{path}");
        let response = sandbox.request(Request::get(&path)).await;
        assert_ne!(response.detail(401), "");
        let peer = Request::get(&path).bearer(&token::peer("host", "alice"));
        assert_eq!(sandbox.request(peer).await.detail(401), "type is not management");
    }
}

#[tokio::test]
async fn peer_tokens_are_verified() {
    let sandbox = Sandbox::start();
    let claims = token::peer_claims(ROOM, "host", "alice");
    let mut expired = claims.clone();
    expired["exp"] = json!(1_600_000_000);
    let mut roleless = claims.clone();
    roleless["role"] = json!("");
    for token in [
        token::sign(&claims, "another"),
        token::sign(&expired, SECRET),
        token::sign(&roleless, SECRET),
        token::unsigned(&claims, "none"),
        token::management(),
        String::new(),
    ] {
        let init = sandbox.request(Request::get("/init").bearer(&token)).await;
        assert_eq!(init.status, 401, "{token}");
        assert_eq!(init.json()["code"], 401);
        assert!(init.json()["message"].is_string());
        let ws = Request::get(&format!("/ws?peer=alice&token={token}"))
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(sandbox.request(ws).await.status, 401, "{token}");
    }
}

fn printed(args: &[&str]) -> String {
    let output =
        binary().args(["token", "--access-key", ACCESS_KEY, "--secret", SECRET]).args(args).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn the_token_command_prints_valid_tokens() {
    let sandbox = Sandbox::start();
    let _peer = sandbox.join("alice", "host").await;
    let response = send_with(&sandbox, Some(&format!("Bearer {}", printed(&["management"])))).await;
    assert_eq!(response.status, 200);
    let expired = printed(&["management", "--ttl-seconds", "-1"]);
    let response = send_with(&sandbox, Some(&format!("Bearer {expired}"))).await;
    assert_eq!(response.detail(401), "the token has expired");
    let peer = printed(&["peer", "--room-id", ROOM, "--role", "host", "--user-id", "u"]);
    let init = sandbox.request(Request::get("/init").bearer(&peer)).await;
    assert_eq!(init.status, 200);
}
