//! The record of the requests to the server API.

use super::ControlError;
use super::peers::after_and_wait;
use crate::state::SharedState;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde_json::{Value, json};

/// `GET /sandbox/requests`.
pub async fn list(
    State(state): State<SharedState>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Json<Value>, ControlError> {
    let (after, wait) = after_and_wait(query)?;
    let (requests, next) = state.requests.wait_after(after, wait).await;
    let requests: Vec<_> = requests.iter().map(AsRef::as_ref).collect();
    Ok(Json(json!({"requests": requests, "next": next})))
}
