//! What all endpoints share: error responses, Bearer tokens, request bodies, unknown paths and methods,
//! connections, host names and origins.

mod bearer;
mod body;
mod connection;
mod error;
pub mod origin;

pub use bearer::Bearer;
pub use body::{buffer_body, expect_json};
pub use connection::{ClientConnection, Switch};
pub use error::ApiError;

use axum::http::StatusCode;

pub async fn unknown_path() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "Not found", "there is no such path")
}

pub async fn wrong_method() -> ApiError {
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", "this path has other methods")
}
