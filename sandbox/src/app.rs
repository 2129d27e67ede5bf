//! What all requests share.

use crate::page::Page;
use crate::rooms::Rooms;
use crate::tokens::{AppKeys, PeerToken, Refusal};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

pub type App = Arc<Shared>;

pub struct Shared {
    pub keys: AppKeys,
    pub page: Arc<Page>,
    pub tls: bool,
    /// How long a peer whose connection broke stays in its room.
    pub drop_after: Duration,
    /// Every open connection of a peer is a subscriber, so that a shutdown can wait for them.
    pub sockets: watch::Sender<()>,
    rooms: Mutex<Rooms>,
}

impl Shared {
    pub fn new(keys: AppKeys, page: Arc<Page>, rooms: Rooms, tls: bool, drop_after: Duration) -> Self {
        Self { keys, page, tls, drop_after, sockets: watch::Sender::new(()), rooms: Mutex::new(rooms) }
    }

    /// Whom a peer token speaks for: one of the app's, or one that the page was given.
    pub fn verify_peer(&self, token: &str) -> Result<PeerToken, Refusal> {
        self.keys.verify_peer(token).or_else(|why| self.page.keys.verify_peer(token).map_err(|_| why))
    }

    /// One lock for all rooms, never held across an await: whatever is queued under it is in the same order for all.
    pub fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
