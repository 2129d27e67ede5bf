//! The server API under `/v2`.

mod active_rooms;
mod auth;
mod body;
mod refused;
mod send_message;

pub use auth::Bearer;
pub use body::whole_body;
pub use refused::Refused;
pub use send_message::deliver;

use crate::app::App;
use axum::Router;
use axum::http::{HeaderName, StatusCode, header};
use axum::routing::{get, post};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/openapi.yaml", get(openapi))
        .route("/v2/active-rooms/{room}/send-message", post(send_message::send_message))
        .route("/v2/active-rooms/{room}", get(active_rooms::room))
        .route("/v2/active-rooms/{room}/peers", get(active_rooms::peers))
        .route("/v2/active-rooms/{room}/peers/{peer}", get(active_rooms::peer))
}

/// The document of this API, for tools that import it by its address.
async fn openapi() -> ([(HeaderName, &'static str); 1], &'static str) {
    ([(header::CONTENT_TYPE, "application/yaml")], include_str!("../../openapi.yaml"))
}

pub async fn unknown_path() -> Refused {
    Refused::new(StatusCode::NOT_FOUND, "Not found", "there is no such path")
}

pub async fn wrong_method() -> Refused {
    Refused::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", "this path has other methods")
}
