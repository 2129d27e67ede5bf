//! Simulated peers.

use crate::control::{self, Shared};
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long [`Peer::wait_for`] waits. A test that hangs for longer has failed.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest that one request may wait.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// What a peer joins with. What is not given has the sandbox's default.
#[derive(Debug, Clone, Copy, Default)]
pub struct NewPeer<'a> {
    /// Default: a random id.
    pub peer_id: Option<&'a str>,
    /// Default: `guest`.
    pub role: Option<&'a str>,
    /// Default: empty.
    pub user_id: Option<&'a str>,
    /// Default: empty.
    pub name: Option<&'a str>,
    /// Default: empty.
    pub metadata: Option<&'a str>,
}

/// A peer in a room. It stays there until [`Peer::leave`].
pub struct Peer {
    sandbox: Shared,
    joined: Joined,
    /// The number of the last message that the test has seen.
    seen: AtomicU64,
}

#[derive(Debug, Deserialize)]
struct Joined {
    peer_id: String,
    room_id: String,
    role: String,
    user_id: String,
}

/// A message that a peer received.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct ReceivedMessage {
    /// Its number among those that the peer received. The first is 1.
    pub number: u64,
    /// The text. From another peer, it may be any JSON; then this is that JSON as text.
    #[serde(deserialize_with = "text")]
    pub message: String,
    /// The type, if the message has one.
    #[serde(rename = "type")]
    pub message_type: Option<String>,
    /// The id of the peer that sent it; `None` if a backend did.
    pub sender: Option<String>,
    /// The peer's role, if the message was sent to roles.
    #[serde(default)]
    pub role: Option<String>,
    /// When it was sent (RFC 3339).
    pub time: String,
}

fn text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        other => other.to_string(),
    })
}

impl Peer {
    #[track_caller]
    pub(crate) fn join(sandbox: &Shared, room_id: &str, peer: &NewPeer<'_>) -> Self {
        let path = format!("/sandbox/rooms/{}/peers", control::segment(room_id));
        let body = json!({
            "peer_id": peer.peer_id, "role": peer.role, "user_id": peer.user_id, "name": peer.name,
            "metadata": peer.metadata,
        });
        let joined = control::request_as(sandbox, "POST", &path, &body);
        Self { sandbox: Shared::clone(sandbox), joined, seen: AtomicU64::new(0) }
    }

    /// The peer's id.
    #[must_use]
    pub fn peer_id(&self) -> &str {
        &self.joined.peer_id
    }

    /// The room's id.
    #[must_use]
    pub fn room_id(&self) -> &str {
        &self.joined.room_id
    }

    /// The peer's role.
    #[must_use]
    pub fn role(&self) -> &str {
        &self.joined.role
    }

    /// The user's id.
    #[must_use]
    pub fn user_id(&self) -> &str {
        &self.joined.user_id
    }

    /// What it has received since the last call of [`Peer::received`] or [`Peer::wait_for`], without waiting. Everything that
    /// a client's send has returned for is there.
    ///
    /// # Panics
    /// If it has left, or if there were more messages than a peer keeps (10,000, and 16 MiB).
    #[track_caller]
    pub fn received(&self) -> Vec<ReceivedMessage> {
        self.unread(Duration::ZERO)
    }

    /// Waits until it has received so many messages since the last call of [`Peer::received`] or [`Peer::wait_for`], and
    /// returns all since then. For what other threads and processes send.
    ///
    /// # Panics
    /// Like [`Peer::received`]; and if there are fewer after ten seconds.
    #[track_caller]
    pub fn wait_for(&self, count: usize) -> Vec<ReceivedMessage> {
        let end = Instant::now() + PATIENCE;
        let mut messages = self.received();
        while messages.len() < count {
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "{self} received {} of {count} messages within {} s: {}",
                messages.len(),
                PATIENCE.as_secs(),
                texts(&messages)
            );
            messages.extend(self.unread(left));
        }
        messages
    }

    /// Checks that it has received nothing since the last call of [`Peer::received`] or [`Peer::wait_for`], without waiting.
    ///
    /// # Panics
    /// If it has; the text shows what.
    #[track_caller]
    pub fn expect_nothing(&self) {
        self.expect_nothing_for(Duration::ZERO);
    }

    /// Like [`Peer::expect_nothing`], for so long: for what other threads and processes may send. At most one minute.
    ///
    /// # Panics
    /// If it receives something; the text shows what.
    #[track_caller]
    pub fn expect_nothing_for(&self, time: Duration) {
        let messages = self.unread(time);
        assert!(messages.is_empty(), "{self} received {}", texts(&messages));
    }

    /// Leaves the room, as other peers, webhooks and the server API see.
    ///
    /// # Panics
    /// If it is there no longer, after a reset.
    #[track_caller]
    pub fn leave(self) {
        control::request(&self.sandbox, "DELETE", &self.path(), &Value::Null);
    }

    fn path(&self) -> String {
        let (room, peer) = (control::segment(self.room_id()), control::segment(self.peer_id()));
        format!("/sandbox/rooms/{room}/peers/{peer}")
    }

    #[track_caller]
    fn unread(&self, wait: Duration) -> Vec<ReceivedMessage> {
        #[derive(Deserialize)]
        struct Unread {
            messages: Vec<ReceivedMessage>,
            next: u64,
            dropped: u64,
        }
        let after = self.seen.load(Ordering::Relaxed);
        let wait_ms = wait.min(MAX_WAIT).as_millis();
        let path = format!("{}/messages?after={after}&wait_ms={wait_ms}", self.path());
        let unread: Unread = control::request_as(&self.sandbox, "GET", &path, &Value::Null);
        assert!(unread.dropped == 0, "{self} received more messages than are kept: read them more often");
        self.seen.store(unread.next, Ordering::Relaxed);
        unread.messages
    }
}

fn texts(messages: &[ReceivedMessage]) -> String {
    let texts: Vec<&str> = messages.iter().map(|message| message.message.as_str()).collect();
    format!("{texts:?}")
}

impl fmt::Display for Peer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Joined { peer_id, room_id, role, user_id } = &self.joined;
        write!(formatter, "the peer {peer_id} (room {room_id}, role {role}, user {user_id:?})")
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.joined.fmt(formatter)
    }
}
