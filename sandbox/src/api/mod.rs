//! The server API under `/v2`.

mod active_rooms;
mod admission;
mod auth;
mod recording;
mod send_message;

pub use admission::admit;
pub use recording::{record, record_api};
pub use send_message::send;

use crate::state::SharedState;
use axum::Router;
use axum::http::{HeaderName, header};
use axum::routing::{get, post};

pub fn routes(state: &SharedState) -> Router<SharedState> {
    Router::new()
        .route("/v2/active-rooms/{room}/send-message", post(send_message::send_message))
        .route("/v2/active-rooms/{room}", get(active_rooms::room))
        .route("/v2/active-rooms/{room}/peers", get(active_rooms::peers))
        .route("/v2/active-rooms/{room}/peers/{peer}", get(active_rooms::peer))
        .route_layer(axum::middleware::from_fn_with_state(state.clone(), admission::admit))
        .route("/openapi.yaml", get(openapi))
}

/// The OpenAPI document of this API, for tools that import it by URL.
async fn openapi() -> ([(HeaderName, &'static str); 1], &'static str) {
    ([(header::CONTENT_TYPE, "application/yaml")], include_str!("../../openapi.yaml"))
}
