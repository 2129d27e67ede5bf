//! Requests to the sandbox's control API, and their responses as types.

use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

/// The sandbox, which its peers and faults share.
pub type Shared = Arc<roomcast_sandbox::Sandbox>;

/// Panics with the sandbox's own words if the request is refused.
#[track_caller]
pub fn request(sandbox: &Shared, method: &str, path: &str, body: &Value) -> Value {
    match sandbox.control(method, path, body) {
        Ok(response) => response,
        Err(refused) => panic!("the sandbox refuses {method} {path}: {refused}"),
    }
}

/// Like [`request`], with the response as a type.
#[track_caller]
pub fn request_as<T: DeserializeOwned>(sandbox: &Shared, method: &str, path: &str, body: &Value) -> T {
    let response = request(sandbox, method, path, body);
    match serde_json::from_value(response) {
        Ok(response) => response,
        Err(error) => panic!("the sandbox's response to {method} {path} cannot be read: {error}"),
    }
}

/// A part of a path.
pub fn segment(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => char::from(byte).to_string(),
        // Also dots, since a part that is `..` would be another path.
        other => format!("%{other:02X}"),
    };
    text.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_path_are_escaped() {
        assert_eq!(segment("a-B_9"), "a-B_9");
        assert_eq!(segment("../a b?♠"), "%2E%2E%2Fa%20b%3F%E2%99%A0");
    }
}
