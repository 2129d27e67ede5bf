//! Reading request bodies.

use super::Refused;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;

/// A message of 1 MiB takes up to six times that in JSON, where every character is escaped.
const LIMIT: usize = 16 << 20;
/// So much more is read and thrown away, for the sender to see the answer.
const PATIENCE: usize = 64 << 20;

/// Reads the whole body before anything is decided. A connection that is answered and closed while its client still
/// writes is reset, and the client would see that instead of the answer.
pub async fn whole_body(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let mut bytes = Vec::new();
    let mut total = 0;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let Ok(chunk) = chunk else {
            return Refused::body_param("the body ended early").into_response();
        };
        total += chunk.len();
        if total > PATIENCE {
            break;
        }
        if total <= LIMIT {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
    }
    if total > LIMIT {
        let detail = format!("the body is larger than {LIMIT} bytes");
        return Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "Body too large", detail).into_response();
    }
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}
