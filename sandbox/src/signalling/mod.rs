//! 100ms's signalling protocol: how peers join and receive messages.

mod calls;
mod cors;
mod init;
mod socket;

use crate::state::SharedState;
use axum::Router;
use axum::routing::{get, options};

pub fn routes() -> Router<SharedState> {
    let init = get(init::init).merge(options(cors::preflight));
    Router::new()
        .route("/init", init.layer(axum::middleware::from_fn(cors::allow)))
        .route("/ws", get(socket::connect))
}
