//! Error responses, in the shapes that 100ms documents.

use crate::rooms::NotFound;
use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::time::Duration;

#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    message: String,
    /// The server API has details; `/init` has only code and message.
    details: Option<String>,
    /// In whole seconds.
    retry_after: Option<u64>,
}

impl ApiError {
    pub fn new(status: StatusCode, message: &str, detail: impl Into<String>) -> Self {
        Self { status, message: message.to_owned(), details: Some(detail.into()), retry_after: None }
    }

    pub fn without_details(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), details: None, retry_after: None }
    }

    /// For a client that is to wait, at least this long.
    pub fn too_many_requests(wait: Duration) -> Self {
        let seconds = (wait.as_secs_f64().ceil() as u64).max(1);
        let detail = format!("rate limit exceeded, retry after {seconds} seconds");
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests", detail);
        Self { retry_after: Some(seconds), ..error }
    }

    /// An error that a fault asks for.
    pub fn injected(status: StatusCode) -> Self {
        let message = status.canonical_reason().unwrap_or("Injected error");
        Self::new(status, message, "a fault of the sandbox was applied to this request")
    }

    pub fn invalid_body(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Invalid body param", detail)
    }
}

impl From<NotFound> for ApiError {
    fn from(missing: NotFound) -> Self {
        let (message, detail) = match missing {
            NotFound::Room => ("Room not active", "no peer is in this room"),
            NotFound::Peer => ("Peer not found", "no such peer is in this room"),
        };
        Self::new(StatusCode::NOT_FOUND, message, detail)
    }
}

impl From<PathRejection> for ApiError {
    fn from(_: PathRejection) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Invalid path param", "the path is not UTF-8")
    }
}

impl From<QueryRejection> for ApiError {
    fn from(_: QueryRejection) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Invalid query param", "the query cannot be read")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = json!({"code": self.status.as_u16(), "message": self.message});
        if let Some(detail) = self.details {
            body["details"] = json!([detail]);
        }
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
