//! The page at `/`: shows the rooms, the peers in them and the messages as they are sent; sends messages; joins peers.

mod actions;
mod assets;
mod demo;
mod events;
mod feed;
mod guard;
mod item;
mod state;

pub use state::Page;

use crate::state::SharedState;
use crate::{api, control, http};
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use state::PageState;
use std::sync::Arc;

pub fn routes(app: SharedState, page: Arc<Page>) -> Router<SharedState> {
    // What is sent has faults and is recorded like a request to the server API, once it is certain that this run's page
    // sends it. Its body is read in any case, so that it is in the record if a fault refuses the request.
    let recorded = from_fn_with_state(Arc::clone(&app), api::record);
    let admitted = from_fn_with_state(Arc::clone(&app), api::admit);
    let send = post(actions::send_message).layer(admitted).layer(from_fn(http::buffer_body)).layer(recorded);
    let faults = control::faults_at("/page/faults").with_state(Arc::clone(&app));
    let state = PageState { app, page };
    let viewing = Router::new()
        .route("/", get(assets::index))
        .route("/peer", get(assets::peer))
        .route("/page/{file}", get(assets::file))
        .layer(from_fn_with_state(state.clone(), guard::allow_viewing));
    let actions = Router::new()
        .route("/page/events", get(events::events))
        .route("/page/peer-token", post(actions::peer_token))
        .route("/page/rooms/{room}/send-message", send)
        .route("/page/demo-room", post(demo::start).delete(demo::end))
        .merge(faults)
        .layer(from_fn_with_state(state.clone(), guard::allow_own_page));
    viewing.merge(actions).layer(from_fn(guard::security_headers)).with_state(state)
}
