//! The control API under `/sandbox`: what tests do with the sandbox itself. Its requests and responses are JSON.
//!
//! An error is `{"error": {"field": …, "message": …}}`. `field` names what is wrong in the body, the query or the path.

mod access;
mod error;
mod faults;
mod guard;
mod peers;

pub use access::Access;
pub use error::ControlError;

use crate::state::SharedState;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post};
use std::sync::Arc;

pub fn routes(access: Access) -> Router<SharedState> {
    Router::new()
        .route("/sandbox/rooms/{room}/peers", post(peers::seat))
        .route("/sandbox/rooms/{room}/peers/{peer}", delete(peers::unseat))
        .route("/sandbox/rooms/{room}/peers/{peer}/messages", get(peers::messages))
        .route("/sandbox/faults", get(faults::list).post(faults::add).delete(faults::remove_all))
        .route("/sandbox/faults/{id}", delete(faults::remove))
        .route_layer(from_fn_with_state(Arc::new(access), guard::allow_programs))
}
