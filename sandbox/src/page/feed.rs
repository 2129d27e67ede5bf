//! The last things that happened, for the page: bounded, however much is sent and however large.

use crate::rooms::Audience;
use crate::rooms::events::{PeerInfo, RoomEvent, SentMessage};
use chrono::Utc;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// So many events are kept, and of each text so much. A page that falls further behind begins anew.
const KEPT: usize = 300;
const MAX_TEXT: usize = 8 << 10;
pub const MAX_NAME: usize = 256;
/// Instead of a number: the sandbox is stopping.
const CLOSED: u64 = u64::MAX;

/// What happened, as JSON for the page.
pub type Item = Arc<str>;

pub struct Feed {
    kept: Mutex<Kept>,
    /// The number of the last event.
    last: watch::Sender<u64>,
}

#[derive(Default)]
struct Kept {
    items: VecDeque<Item>,
    /// How many there ever were: the number of the last one.
    count: u64,
}

impl Default for Feed {
    fn default() -> Self {
        Self { kept: Mutex::default(), last: watch::Sender::new(0) }
    }
}

impl Feed {
    /// Is called with the rooms locked, so that events are in their order.
    pub fn add(&self, event: &RoomEvent) {
        let Some(item) = describe(event) else {
            return;
        };
        let item = item.to_string().into();
        let mut kept = self.kept();
        if kept.items.len() == KEPT {
            kept.items.pop_front();
        }
        kept.items.push_back(item);
        kept.count += 1;
        self.last.send_if_modified(|last| {
            let open = *last != CLOSED;
            if open {
                *last = kept.count;
            }
            open
        });
    }

    /// Everything that is kept, and the number of the last event.
    pub fn all(&self) -> (Vec<Item>, u64) {
        let kept = self.kept();
        (kept.items.iter().cloned().collect(), kept.count)
    }

    /// What came after the event with this number, and the number of the last one; None if some of it is forgotten.
    pub fn after(&self, seen: u64) -> Option<(Vec<Item>, u64)> {
        let kept = self.kept();
        let missing = usize::try_from(kept.count - seen).ok()?;
        let known = kept.items.len().checked_sub(missing)?;
        Some((kept.items.iter().skip(known).cloned().collect(), kept.count))
    }

    pub fn watch(&self) -> watch::Receiver<u64> {
        self.last.subscribe()
    }

    /// Waits for an event after this number. False when the sandbox is stopping.
    pub async fn wait(watching: &mut watch::Receiver<u64>, seen: u64) -> bool {
        let last = watching.wait_for(|last| *last != seen).await;
        last.is_ok_and(|last| *last != CLOSED)
    }

    /// Ends the waiting of all pages, so that the sandbox can stop.
    pub fn close(&self) {
        self.last.send_replace(CLOSED);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn describe(event: &RoomEvent) -> Option<Value> {
    Some(match event {
        RoomEvent::Joined { room_id, peer, .. } => json!({
            "kind": "joined",
            "room": clip(room_id, MAX_NAME),
            "at": peer.joined_at.timestamp_millis(),
            "peer": peer_object(peer),
        }),
        RoomEvent::Left { room_id, peer, reason, .. } => json!({
            "kind": "left",
            "room": clip(room_id, MAX_NAME),
            "at": Utc::now().timestamp_millis(),
            "peer": peer_object(peer),
            "reason": reason.as_str(),
        }),
        RoomEvent::Sent { room_id, message } => describe_message(room_id, message),
        // The first joining and the last leaving say it already.
        RoomEvent::Opened { .. } | RoomEvent::Closed { .. } => return None,
    })
}

fn describe_message(room_id: &str, message: &SentMessage) -> Value {
    let to = match &message.audience {
        Audience::Everyone => json!({"kind": "everyone"}),
        Audience::Roles(roles) => {
            json!({"kind": "roles", "roles": clip(&roles.join(", "), MAX_NAME)})
        }
        Audience::Peer(_) => json!({"kind": "peer", "peer": message.recipient.as_ref().map(peer_object)}),
    };
    // A peer's own message may hold anything.
    let text_of = |field: &str| match &message.info[field] {
        Value::String(text) => Cow::Borrowed(text.as_str()),
        other => Cow::Owned(other.to_string()),
    };
    let text = text_of("message");
    let shown = clip(&text, MAX_TEXT);
    json!({
        "kind": "message",
        "room": clip(room_id, MAX_NAME),
        "at": message.timestamp,
        "from": message.from.as_ref().map(peer_object),
        "to": to,
        "type": message.info.get("type").map(|_| clip(&text_of("type"), MAX_NAME).to_owned()),
        "text": shown,
        "bytes": text.len(),
        "is_whole": shown.len() == text.len(),
        "reached": message.reached,
    })
}

/// A peer as the page knows it.
pub fn peer_object(peer: &PeerInfo) -> Value {
    json!({
        "peer_id": clip(&peer.peer_id, MAX_NAME),
        "name": clip(&peer.name, MAX_NAME),
        "role": clip(&peer.role, MAX_NAME),
        "user_id": clip(&peer.user_id, MAX_NAME),
    })
}

/// At most so many bytes of a text, and no half of a character.
pub fn clip(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let end = (0..=bytes).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn message(text: &str) -> RoomEvent {
        let message = SentMessage {
            timestamp: 1,
            from: None,
            audience: Audience::Everyone,
            recipient: None,
            info: json!({"message": text}),
            reached: 0,
        };
        RoomEvent::Sent { room_id: "room".to_owned(), message }
    }

    fn texts(items: &[Item]) -> Vec<String> {
        let text =
            |item: &Item| serde_json::from_str::<Value>(item).unwrap()["text"].as_str().unwrap().to_owned();
        items.iter().map(text).collect()
    }

    #[test]
    fn only_the_last_events_are_kept() {
        let feed = Feed::default();
        for number in 1..=KEPT + 5 {
            feed.add(&message(&number.to_string()));
        }
        let (all, last) = feed.all();
        assert_eq!(all.len(), KEPT);
        assert_eq!(last, (KEPT + 5) as u64);
        assert_eq!(texts(&all)[0], "6");
        assert!(feed.after(4).is_none());
        assert_eq!(feed.after(5).unwrap().0.len(), KEPT);
        assert_eq!(texts(&feed.after(last - 2).unwrap().0), ["304", "305"]);
        assert!(feed.after(last).unwrap().0.is_empty());
    }

    #[test]
    fn however_large_a_message_or_a_name_is_little_of_it_is_kept() {
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
            timestamp: 1,
            from: Some(peer.clone()),
            audience: Audience::Roles(vec![huge.clone(), huge.clone()]),
            recipient: Some(peer),
            info: json!({"message": {"a": huge}, "type": huge}),
            reached: 0,
        };
        feed.add(&RoomEvent::Sent { room_id: huge, message: sent });
        let (all, _) = feed.all();
        assert_eq!(texts(&all)[0].len(), MAX_TEXT);
        assert!(all.iter().all(|item| item.len() < 2 * MAX_TEXT));
    }

    #[test]
    fn half_a_character_is_left_out() {
        assert_eq!(clip("aé", 2), "a");
        assert_eq!(clip("aé", 3), "aé");
        assert_eq!(clip("♠", 0), "");
    }

    #[tokio::test]
    async fn a_page_waits_for_what_it_has_not_seen_and_no_longer_than_the_sandbox_runs() {
        let feed = Feed::default();
        let mut watching = feed.watch();
        feed.add(&message("one"));
        assert!(Feed::wait(&mut watching, 0).await);
        feed.close();
        assert!(!Feed::wait(&mut watching, 1).await);
        feed.add(&message("two"));
        assert!(!Feed::wait(&mut watching, 1).await);
    }
}
