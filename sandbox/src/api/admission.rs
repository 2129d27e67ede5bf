//! Refuses requests, if the sandbox is to.

use crate::http::ApiError;
use crate::state::SharedState;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::time::Instant;

pub async fn admit(State(state): State<SharedState>, request: Request, next: Next) -> Response {
    match state.faults.admit(Instant::now()) {
        Ok(()) => next.run(request).await,
        Err(wait) => ApiError::too_many_requests(wait).into_response(),
    }
}
