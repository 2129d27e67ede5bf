//! Authentication for the server API.

use crate::http::{ApiError, Bearer};
use crate::state::SharedState;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;

/// Extractor that requires a valid management token.
pub struct Management;

impl FromRequestParts<SharedState> for Management {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &SharedState) -> Result<Self, ApiError> {
        let Ok(bearer) = Bearer::from_request_parts(parts, state).await;
        bearer
            .0
            .and_then(|token| state.keys.verify_management(&token))
            .map(|()| Self)
            .map_err(|error| ApiError::new(StatusCode::UNAUTHORIZED, "Token validation error", error))
    }
}
