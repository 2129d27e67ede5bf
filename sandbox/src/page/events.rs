//! `GET /page/events`: the current rooms, past events, then new events as they happen (server-sent events).
//!
//! | event | data |
//! |---|---|
//! | `rooms` | all rooms and their peers. It replaces everything that the page shows |
//! | `past` | an event that happened before |
//! | `now` | a new event: the page updates its rooms with it |

use super::feed::Feed;
use super::item::{Item, peer_object};
use super::state::PageState;
use crate::model::{MAX_NAME, PeerInfo, truncate};
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::convert::Infallible;
use tokio::sync::watch;

pub async fn events(State(state): State<PageState>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let last = state.page.feed.subscribe();
    let mut subscriber = Subscriber { state, last, seen: 0, queue: VecDeque::new() };
    subscriber.take_snapshot();
    let events = futures_util::stream::unfold(subscriber, async |mut subscriber| {
        let event = subscriber.next().await?;
        Some((Ok(event), subscriber))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// One open page.
struct Subscriber {
    state: PageState,
    /// The number of the feed's last event.
    last: watch::Receiver<u64>,
    /// The number of the last event that was read from the feed.
    seen: u64,
    /// Events that were read and not sent yet.
    queue: VecDeque<(&'static str, Item)>,
}

impl Subscriber {
    /// Queues all rooms and all events in the feed. The rooms stay locked meanwhile, so that the events that follow
    /// match them.
    fn take_snapshot(&mut self) {
        let rooms = self.state.app.rooms();
        let mut all: Vec<(&str, Vec<&PeerInfo>)> =
            rooms.active_rooms().map(|(room_id, peers)| (room_id, peers.collect())).collect();
        all.sort_by_key(|(room_id, _)| *room_id);
        let all: Vec<Value> = all
            .into_iter()
            .map(|(room_id, mut peers)| {
                peers.sort_by_key(|peer| peer.joined_at);
                let peers: Vec<Value> = peers.into_iter().map(peer_object).collect();
                json!({"room": truncate(room_id, MAX_NAME), "peers": peers})
            })
            .collect();
        let (past, seen) = self.state.page.feed.all();
        drop(rooms);
        self.seen = seen;
        self.queue = VecDeque::from([("rooms", json!(all).to_string().into())]);
        self.queue.extend(past.into_iter().map(|item| ("past", item)));
    }

    /// The next event; `None` when the sandbox stops.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((name, data)) = self.queue.pop_front() {
                return Some(Event::default().event(name).data(&*data));
            }
            if !Feed::wait(&mut self.last, self.seen).await {
                return None;
            }
            match self.state.page.feed.after(self.seen) {
                Some((items, seen)) => {
                    self.seen = seen;
                    self.queue.extend(items.into_iter().map(|item| ("now", item)));
                }
                None => self.take_snapshot(),
            }
        }
    }
}
