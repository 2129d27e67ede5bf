//! The state of the page, and what its request handlers share.

use super::feed::Feed;
use crate::http::origin;
use crate::state::SharedState;
use std::sync::Arc;

/// The page in this run of the sandbox.
pub struct Page {
    /// Proves that a request comes from this run's page. Other web sites and pages of earlier runs do not have it.
    pub token: String,
    pub feed: Feed,
    /// The host in `--listen`.
    pub listen_host: String,
}

impl Page {
    /// `listen` is the HOST:PORT from the command line.
    pub fn new(listen: &str) -> Self {
        Self {
            token: uuid::Uuid::new_v4().simple().to_string(),
            feed: Feed::default(),
            listen_host: origin::host_of(listen).to_owned(),
        }
    }
}

#[derive(Clone)]
pub struct PageState {
    pub app: SharedState,
    pub page: Arc<Page>,
}
