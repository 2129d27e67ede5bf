//! The record of the requests to the server API.

use super::ControlError;
use super::peers::after_and_wait;
use crate::state::SharedState;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde_json::{Value, json};

/// `GET /sandbox/requests`. A response of the server API comes after its request was recorded, so a test that has one
/// needs no waiting.
pub async fn list(
    State(state): State<SharedState>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Json<Value>, ControlError> {
    let (after, wait) = after_and_wait(query)?;
    state.requests.wait(after, wait).await;
    let unread = state.requests.after(after);
    let requests: Vec<_> = unread.requests.iter().map(|request| &**request).collect();
    Ok(Json(json!({"requests": requests, "next": unread.next, "dropped": unread.dropped})))
}
