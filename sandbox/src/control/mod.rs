//! The control API under `/sandbox`: what tests do with the sandbox itself. Its requests and responses are JSON.
//!
//! An error is `{"error": {"field": …, "message": …}}`. `field` names what is wrong in the body, the query or the path.

mod access;
mod error;
mod faults;
mod guard;
mod peers;
mod requests;
mod webhooks;

pub use access::Access;
pub use error::ControlError;

use crate::state::SharedState;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post, put};
use std::sync::Arc;

pub fn routes(access: Access) -> Router<SharedState> {
    Router::new()
        .route("/sandbox/rooms/{room}/peers", post(peers::seat))
        .route("/sandbox/rooms/{room}/peers/{peer}", delete(peers::unseat))
        .route("/sandbox/rooms/{room}/peers/{peer}/messages", get(peers::messages))
        .merge(faults_at("/sandbox/faults"))
        .route("/sandbox/requests", get(requests::list))
        .route("/sandbox/webhooks", post(webhooks::send))
        .route("/sandbox/webhook-target", put(webhooks::set_target).delete(webhooks::remove_target))
        .route("/sandbox", delete(reset))
        .route_layer(from_fn_with_state(Arc::new(access), guard::allow_programs))
}

/// The faults, below this path. The page has them too, behind its own access control.
pub fn faults_at(path: &str) -> Router<SharedState> {
    Router::new()
        .route(path, get(faults::list).post(faults::add).delete(faults::remove_all))
        .route(&format!("{path}/{{id}}"), delete(faults::remove))
}

/// `DELETE /sandbox`.
async fn reset(State(state): State<SharedState>) -> StatusCode {
    state.reset();
    StatusCode::NO_CONTENT
}
