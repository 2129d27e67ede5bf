//! Faults: what happens to requests to the server API although they are right.

use super::ControlError;
use crate::faults::{FaultSpec, MAX_FAULTS};
use crate::fields::Fields;
use crate::state::SharedState;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

/// `POST /sandbox/faults`.
pub async fn add(
    State(state): State<SharedState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ControlError> {
    let spec = FaultSpec::read(Fields::of_body(&headers, &body)?)?;
    match state.faults.add(spec) {
        Some(fault) => Ok((StatusCode::CREATED, Json(fault))),
        None => Err(ControlError::invalid("kind", format!("there are {MAX_FAULTS} faults already"))),
    }
}

/// `GET /sandbox/faults`.
pub async fn list(State(state): State<SharedState>) -> Json<Value> {
    Json(json!({"faults": state.faults.all()}))
}

/// `DELETE /sandbox/faults`.
pub async fn remove_all(State(state): State<SharedState>) -> StatusCode {
    state.faults.remove_all();
    StatusCode::NO_CONTENT
}

/// `DELETE /sandbox/faults/<id>`.
pub async fn remove(
    State(state): State<SharedState>,
    id: Result<Path<u64>, PathRejection>,
) -> Result<StatusCode, ControlError> {
    match id {
        Ok(Path(id)) if state.faults.remove(id) => Ok(StatusCode::NO_CONTENT),
        _ => Err(ControlError::not_found("id", "there is no fault with this id")),
    }
}
