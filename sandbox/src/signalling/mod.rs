//! How peers join and receive: 100ms's signalling protocol.

mod calls;
mod cors;
mod init;
pub mod push;
mod socket;

use crate::app::App;
use axum::Router;
use axum::routing::{get, options};

pub fn routes() -> Router<App> {
    let init = get(init::init).merge(options(cors::preflight));
    Router::new()
        .route("/init", init.layer(axum::middleware::from_fn(cors::allow)))
        .route("/ws", get(socket::open))
}
