//! The errors of the control API.

use crate::fields::FieldError;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

#[derive(Debug, PartialEq, Eq)]
pub struct ControlError {
    status: StatusCode,
    field: String,
    message: String,
}

impl ControlError {
    pub fn new(status: StatusCode, field: &str, message: impl Into<String>) -> Self {
        Self { status, field: field.to_owned(), message: message.into() }
    }

    /// A field with a wrong value.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, field, message)
    }

    /// Something that the path names and that is not there.
    pub fn not_found(field: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, field, message)
    }
}

impl From<FieldError> for ControlError {
    fn from(error: FieldError) -> Self {
        Self::invalid(&error.field, error.message)
    }
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let error = json!({"error": {"field": self.field, "message": self.message}});
        (self.status, Json(error)).into_response()
    }
}
