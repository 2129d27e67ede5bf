//! Valid and invalid tokens, made without the sandbox's own code.

use super::{ACCESS_KEY, ROOM, SECRET};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwt_compact::alg::{Hs256, Hs256Key, Hs512, Hs512Key};
use jwt_compact::{Algorithm, AlgorithmExt, AlgorithmSignature, Claims, Header};
use serde_json::{Value, json};

pub fn claims() -> Value {
    let now = chrono::Utc::now().timestamp();
    json!({
        "access_key": ACCESS_KEY,
        "type": "management",
        "version": 2,
        "jti": "7f3e2c1a-0000-4000-8000-000000000000",
        "iat": now - 10,
        "nbf": now - 10,
        "exp": now + 86_400,
    })
}

pub fn peer_claims(room: &str, role: &str, user: &str) -> Value {
    let mut claims = claims();
    claims["type"] = "app".into();
    claims["room_id"] = room.into();
    claims["role"] = role.into();
    claims["user_id"] = user.into();
    claims
}

pub fn sign(claims: &Value, secret: &str) -> String {
    let key = Hs256Key::new(secret);
    Hs256.token(&Header::empty(), &Claims::new(claims), &key).unwrap()
}

pub fn sign_hs512(claims: &Value, secret: &str) -> String {
    let key = Hs512Key::new(secret);
    Hs512.token(&Header::empty(), &Claims::new(claims), &key).unwrap()
}

pub fn unsigned(claims: &Value, alg: &str) -> String {
    let header = json!({"alg": alg, "typ": "JWT"}).to_string();
    let claims = claims.to_string();
    format!("{}.{}.", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

pub fn management() -> String {
    sign(&claims(), SECRET)
}

pub fn peer(role: &str, user: &str) -> String {
    sign(&peer_claims(ROOM, role, user), SECRET)
}

pub fn decode(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The signature of a token's signed part with the app's secret.
pub fn signature(signed: &str) -> String {
    let key = Hs256Key::new(SECRET);
    let signature = Hs256.sign(&key, signed.as_bytes());
    URL_SAFE_NO_PAD.encode(AlgorithmSignature::as_bytes(&signature))
}
