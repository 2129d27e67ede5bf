//! The sandbox's page: the rooms, who is in them and what they are sent, as it happens.

mod acts;
mod events;
mod feed;
mod files;
mod guard;

pub use feed::Feed;

use crate::app::App;
use crate::tokens::AppKeys;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};

/// One run's page.
pub struct Page {
    /// What the page shows to prove that it is ours: another run's, or another web site, does not have it.
    token: String,
    /// Signs the page's peer tokens. The app's own keys may be those of a real account, and nothing that the page
    /// hands out is to be worth anything there.
    pub keys: AppKeys,
    pub feed: Feed,
    /// The name that the sandbox was told to listen at.
    name: String,
}

impl Page {
    /// `listen` is HOST:PORT, as it was given.
    pub fn new(listen: &str) -> Self {
        let random = || uuid::Uuid::new_v4().simple().to_string();
        let name = listen.rsplit_once(':').map_or(listen, |(host, _)| host);
        Self {
            token: random(),
            keys: AppKeys::new("sandbox-page".to_owned(), &format!("{}{}", random(), random())),
            feed: Feed::default(),
            name: name.to_owned(),
        }
    }
}

pub fn routes(app: &App) -> Router<App> {
    let shown = Router::new()
        .route("/", get(files::index))
        .route("/peer", get(files::peer))
        .route("/page/{file}", get(files::file))
        .layer(from_fn_with_state(app.clone(), guard::shown));
    let acts = Router::new()
        .route("/page/events", get(events::events))
        .route("/page/peer-token", post(acts::peer_token))
        .route("/page/rooms/{room}/send-message", post(acts::send_message))
        .layer(from_fn_with_state(app.clone(), guard::from_our_page));
    shown.merge(acts).layer(from_fn(guard::headers))
}
