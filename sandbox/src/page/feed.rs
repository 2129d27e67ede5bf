//! The last events, for the page. The number of events and the length of their texts are bounded.

use super::item::{Item, describe, describe_request, describe_webhook};
use crate::model::RoomEvent;
use crate::requests::Recorded;
use crate::webhooks::{Attempt, Webhook};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// A page that falls further behind than this gets a new snapshot. A message is up to three events: it was sent, the
/// request that sent it ended, and a simulated peer received it.
const MAX_EVENTS: usize = 1000;
/// Sent instead of an event's number when the sandbox stops.
const CLOSED: u64 = u64::MAX;

pub struct Feed {
    events: Mutex<Events>,
    /// The number of the last event.
    last: watch::Sender<u64>,
}

#[derive(Default)]
struct Events {
    items: VecDeque<Item>,
    /// How many events there have been, including those dropped: the number of the last one.
    count: u64,
}

impl Default for Feed {
    fn default() -> Self {
        Self { events: Mutex::default(), last: watch::Sender::new(0) }
    }
}

impl Feed {
    /// Called while the rooms are locked, so that the events are in order.
    pub fn add(&self, event: &RoomEvent) {
        if *event == RoomEvent::Reset {
            self.clear();
        }
        if let Some(item) = describe(event) {
            self.push(&item);
        }
    }

    /// Adds a request that has ended. If it sent a message, the message's event is there already.
    pub fn add_request(&self, request: &Recorded) {
        self.push(&describe_request(request));
    }

    /// Adds an attempt to deliver a webhook.
    pub fn add_webhook(&self, webhook: &Webhook, attempt: &Attempt) {
        self.push(&describe_webhook(webhook, attempt));
    }

    /// Forgets all events. Every page falls behind, and so gets a new snapshot.
    fn clear(&self) {
        let mut events = self.lock();
        events.items.clear();
        events.count += 1;
        self.announce(events.count);
    }

    fn push(&self, item: &Value) {
        let item = item.to_string().into();
        let mut events = self.lock();
        if events.items.len() == MAX_EVENTS {
            events.items.pop_front();
        }
        events.items.push_back(item);
        events.count += 1;
        self.announce(events.count);
    }

    /// Wakes the pages, unless the sandbox stops.
    fn announce(&self, count: u64) {
        self.last.send_if_modified(|last| {
            let open = *last != CLOSED;
            if open {
                *last = count;
            }
            open
        });
    }

    /// All events in the feed, and the number of the last one.
    pub fn all(&self) -> (Vec<Item>, u64) {
        let events = self.lock();
        (events.items.iter().cloned().collect(), events.count)
    }

    /// The events after the one with this number, and the number of the last one. Returns `None` if some of them are no
    /// longer in the feed.
    pub fn after(&self, seen: u64) -> Option<(Vec<Item>, u64)> {
        let events = self.lock();
        let missing = usize::try_from(events.count - seen).ok()?;
        let known = events.items.len().checked_sub(missing)?;
        Some((events.items.iter().skip(known).cloned().collect(), events.count))
    }

    /// A receiver for [`Feed::wait`].
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.last.subscribe()
    }

    /// Waits for an event after the one with this number. Returns false when the sandbox stops.
    pub async fn wait(last: &mut watch::Receiver<u64>, seen: u64) -> bool {
        let last = last.wait_for(|last| *last != seen).await;
        last.is_ok_and(|last| *last != CLOSED)
    }

    /// Ends the event streams of all pages, so that the sandbox can stop.
    pub fn close(&self) {
        self.last.send_replace(CLOSED);
    }

    fn lock(&self) -> MutexGuard<'_, Events> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Audience, MAX_TEXT, PeerInfo, SentMessage};
    use chrono::DateTime;
    use serde_json::json;

    fn message(text: &str) -> RoomEvent {
        let message = SentMessage {
            message_id: "m".to_owned(),
            timestamp: 1,
            from: None,
            audience: Audience::Everyone,
            recipient: None,
            info: json!({"message": text}),
            reached: 0,
            recipients: Vec::new(),
        };
        RoomEvent::Sent { room_id: "room".to_owned(), message: Box::new(message) }
    }

    fn texts(items: &[Item]) -> Vec<String> {
        let text =
            |item: &Item| serde_json::from_str::<Value>(item).unwrap()["text"].as_str().unwrap().to_owned();
        items.iter().map(text).collect()
    }

    #[test]
    fn only_the_last_events_are_kept() {
        let feed = Feed::default();
        for number in 1..=MAX_EVENTS + 5 {
            feed.add(&message(&number.to_string()));
        }
        let (all, last) = feed.all();
        assert_eq!(all.len(), MAX_EVENTS);
        assert_eq!(last, (MAX_EVENTS + 5) as u64);
        assert_eq!(texts(&all)[0], "6");
        assert!(feed.after(4).is_none());
        assert_eq!(feed.after(5).unwrap().0.len(), MAX_EVENTS);
        assert_eq!(
            texts(&feed.after(last - 2).unwrap().0),
            [MAX_EVENTS + 4, MAX_EVENTS + 5].map(|number| number.to_string())
        );
        assert!(feed.after(last).unwrap().0.is_empty());
    }

    #[test]
    fn long_messages_and_names_are_truncated() {
        let feed = Feed::default();
        let huge = "é".repeat(1 << 20);
        feed.add(&message(&huge));
        let peer = PeerInfo {
            peer_id: huge.clone(),
            user_id: huge.clone(),
            role: huge.clone(),
            name: huge.clone(),
            data: huge.clone(),
            joined_at: DateTime::UNIX_EPOCH,
        };
        let sent = SentMessage {
            message_id: "m".to_owned(),
            timestamp: 1,
            from: Some(peer.clone()),
            audience: Audience::Roles(vec![huge.clone(), huge.clone()]),
            recipient: Some(peer),
            info: json!({"message": {"a": huge}, "type": huge}),
            reached: 0,
            recipients: Vec::new(),
        };
        feed.add(&RoomEvent::Sent { room_id: huge, message: Box::new(sent) });
        let (all, _) = feed.all();
        assert_eq!(texts(&all)[0].len(), MAX_TEXT);
        assert!(all.iter().all(|item| item.len() < 2 * MAX_TEXT));
    }

    #[test]
    fn after_a_reset_every_page_needs_a_snapshot() {
        let feed = Feed::default();
        feed.add(&message("one"));
        feed.add(&RoomEvent::Reset);
        assert!(feed.after(1).is_none());
        assert_eq!(feed.all(), (Vec::new(), 2));
        feed.add(&message("two"));
        assert!(feed.after(1).is_none());
        assert_eq!(texts(&feed.after(2).unwrap().0), ["two"]);
    }

    #[tokio::test]
    async fn a_page_waits_for_new_events_until_the_sandbox_stops() {
        let feed = Feed::default();
        let mut last = feed.subscribe();
        feed.add(&message("one"));
        assert!(Feed::wait(&mut last, 0).await);
        feed.close();
        assert!(!Feed::wait(&mut last, 1).await);
        feed.add(&message("two"));
        assert!(!Feed::wait(&mut last, 1).await);
    }
}
