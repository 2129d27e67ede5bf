//! Answers that say no, in 100ms's shapes.

use crate::rooms::Absent;
use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

#[derive(Debug)]
pub struct Refused {
    status: StatusCode,
    message: String,
    /// The server API gives details; `/init` gives only code and message.
    details: Option<String>,
}

impl Refused {
    pub fn new(status: StatusCode, message: &str, detail: impl Into<String>) -> Self {
        Self { status, message: message.to_owned(), details: Some(detail.into()) }
    }

    pub fn brief(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), details: None }
    }

    pub fn body_param(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Invalid body param", detail)
    }
}

impl From<Absent> for Refused {
    fn from(absent: Absent) -> Self {
        let (message, detail) = match absent {
            Absent::Room => ("Room not active", "no peer is in this room"),
            Absent::Peer => ("Peer not found", "no such peer is in this room"),
        };
        Self::new(StatusCode::NOT_FOUND, message, detail)
    }
}

impl From<PathRejection> for Refused {
    fn from(_: PathRejection) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Invalid path param", "the path is not UTF-8")
    }
}

impl From<QueryRejection> for Refused {
    fn from(_: QueryRejection) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Invalid query param", "the query cannot be read")
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut body = json!({"code": self.status.as_u16(), "message": self.message});
        if let Some(detail) = self.details {
            body["details"] = json!([detail]);
        }
        (self.status, Json(body)).into_response()
    }
}
