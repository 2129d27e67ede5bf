//! CORS headers, so that web pages of any origin can call `/init`.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

/// Responds to a preflight request. All requested headers are allowed.
pub async fn preflight(requested: HeaderMap) -> (StatusCode, HeaderMap) {
    let mut allowed = HeaderMap::new();
    allowed.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, OPTIONS"));
    let headers = requested
        .get(header::ACCESS_CONTROL_REQUEST_HEADERS)
        .cloned()
        .unwrap_or(HeaderValue::from_static("authorization, content-type"));
    allowed.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, headers);
    // Chromium requires this before a public web page can reach a private network.
    if requested.contains_key("access-control-request-private-network") {
        allowed.insert("access-control-allow-private-network", HeaderValue::from_static("true"));
    }
    (StatusCode::NO_CONTENT, allowed)
}

/// Middleware that allows any origin. This includes error responses, so that a web page can read them.
pub async fn allow(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
