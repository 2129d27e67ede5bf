//! Reads request bodies.

use super::error::ApiError;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;

/// In bytes. A message of 1 MiB takes up to six times that in JSON, if every character is escaped.
const MAX_BODY: usize = 16 << 20;
/// In bytes. A body that is too large is read up to this size and discarded, so that the client gets the response.
const MAX_READ: usize = 64 << 20;

/// Middleware that reads the whole body before the handler runs. If the connection were closed while the client still
/// writes, it would be reset, and the client would not see the response.
pub async fn buffer_body(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let mut bytes = Vec::new();
    let mut total = 0;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let Ok(chunk) = chunk else {
            return ApiError::invalid_body("the body ended early").into_response();
        };
        total += chunk.len();
        if total > MAX_READ {
            break;
        }
        if total <= MAX_BODY {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
    }
    if total > MAX_BODY {
        let detail = format!("the body is larger than {MAX_BODY} bytes");
        return ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "Body too large", detail).into_response();
    }
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}

/// A missing Content-Type counts as JSON.
pub fn expect_json(headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Ok(());
    };
    let essence = value.to_str().unwrap_or_default().split(';').next();
    let essence = essence.unwrap_or_default().trim().to_ascii_lowercase();
    if essence == "application/json" || essence.ends_with("+json") {
        Ok(())
    } else {
        Err(ApiError::invalid_body("the content type is not application/json"))
    }
}
