//! The state that all request handlers share.

use crate::faults::Faults;
use crate::requests::Requests;
use crate::rooms::Rooms;
use crate::tokens::{AppKeys, PeerToken, VerifyError};
use crate::webhooks::Webhooks;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

pub type SharedState = Arc<AppState>;

pub struct AppState {
    pub keys: AppKeys,
    /// Keys of this run only, which sign the page's peer tokens. The app's own keys may belong to a real account, and
    /// tokens from the page must not be valid there.
    pub temporary_keys: AppKeys,
    pub tls: bool,
    /// How long a peer whose connection broke stays in its room.
    pub drop_after: Duration,
    /// Has one receiver for each open peer connection, so that a shutdown can wait for all of them.
    pub connections: watch::Sender<()>,
    pub faults: Faults,
    pub requests: Arc<Requests>,
    pub webhooks: Arc<Webhooks>,
    rooms: Mutex<Rooms>,
}

impl AppState {
    pub fn new(
        keys: AppKeys,
        rooms: Rooms,
        tls: bool,
        drop_after: Duration,
        faults: Faults,
        requests: Requests,
        webhooks: Arc<Webhooks>,
    ) -> Self {
        Self {
            keys,
            temporary_keys: AppKeys::random("sandbox-page"),
            tls,
            drop_after,
            connections: watch::Sender::new(()),
            faults,
            requests: Arc::new(requests),
            webhooks,
            rooms: Mutex::new(rooms),
        }
    }

    /// Verifies a peer token, which is signed with either the app's keys or those of this run.
    pub fn verify_peer(&self, token: &str) -> Result<PeerToken, VerifyError> {
        self.keys
            .verify_peer(token)
            .or_else(|error| self.temporary_keys.verify_peer(token).map_err(|_| error))
    }

    /// Everything is as it was at the start: no rooms, no record of requests, no webhooks that are not delivered yet, and
    /// the faults and the target of webhooks that were there at first.
    pub fn reset(&self) {
        self.rooms().reset();
        self.faults.reset();
        self.requests.clear();
    }

    /// One lock for all rooms, never held across an await: frames queued under it have the same order for every peer.
    pub fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
