//! `GET /page/events`: the rooms as they are, what has happened, and then what happens (server-sent events).
//!
//! | event | its data |
//! |---|---|
//! | `rooms` | all rooms and their peers. What was shown before counts no more |
//! | `past` | something that happened before |
//! | `now` | something that happens: the rooms change with it |

use super::feed::{Feed, Item, MAX_NAME, clip, peer_object};
use crate::app::App;
use crate::rooms::events::PeerInfo;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::convert::Infallible;
use tokio::sync::watch;

pub async fn events(State(app): State<App>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let watching = app.page.feed.watch();
    let mut watcher = Watcher { app, watching, seen: 0, waiting: VecDeque::new() };
    watcher.begin();
    let events = futures_util::stream::unfold(watcher, async |mut watcher| {
        let event = watcher.next().await?;
        Some((Ok(event), watcher))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// One page that is open.
struct Watcher {
    app: App,
    watching: watch::Receiver<u64>,
    /// The number of the last event that was taken.
    seen: u64,
    /// Taken, and not yet written.
    waiting: VecDeque<(&'static str, Item)>,
}

impl Watcher {
    /// Everything as it is. The rooms are locked all the while, so that it fits with what comes after.
    fn begin(&mut self) {
        let rooms = self.app.rooms();
        let mut all: Vec<(&str, Vec<&PeerInfo>)> =
            rooms.active_rooms().map(|(room_id, peers)| (room_id, peers.collect())).collect();
        all.sort_by_key(|(room_id, _)| *room_id);
        let all: Vec<Value> = all
            .into_iter()
            .map(|(room_id, mut peers)| {
                peers.sort_by_key(|peer| peer.joined_at);
                let peers: Vec<Value> = peers.into_iter().map(peer_object).collect();
                json!({"room": clip(room_id, MAX_NAME), "peers": peers})
            })
            .collect();
        let (past, seen) = self.app.page.feed.all();
        drop(rooms);
        self.seen = seen;
        self.waiting = VecDeque::from([("rooms", json!(all).to_string().into())]);
        self.waiting.extend(past.into_iter().map(|item| ("past", item)));
    }

    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((name, data)) = self.waiting.pop_front() {
                return Some(Event::default().event(name).data(&*data));
            }
            if !Feed::wait(&mut self.watching, self.seen).await {
                return None;
            }
            match self.app.page.feed.after(self.seen) {
                Some((items, seen)) => {
                    self.seen = seen;
                    self.waiting.extend(items.into_iter().map(|item| ("now", item)));
                }
                None => self.begin(),
            }
        }
    }
}
