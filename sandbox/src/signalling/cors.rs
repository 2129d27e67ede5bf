//! Lets pages of any origin call `/init`.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

/// Answers a preflight: what the page asks for is allowed.
pub async fn preflight(asked: HeaderMap) -> (StatusCode, HeaderMap) {
    let mut allowed = HeaderMap::new();
    allowed.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, OPTIONS"));
    let headers = asked
        .get(header::ACCESS_CONTROL_REQUEST_HEADERS)
        .cloned()
        .unwrap_or(HeaderValue::from_static("authorization, content-type"));
    allowed.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, headers);
    // Chromium asks this before a public page may reach this machine.
    if asked.contains_key("access-control-request-private-network") {
        allowed.insert("access-control-allow-private-network", HeaderValue::from_static("true"));
    }
    (StatusCode::NO_CONTENT, allowed)
}

/// Errors too: a page should be able to read why it was refused.
pub async fn allow(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
