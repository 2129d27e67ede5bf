//! A server with rooms and peers that exists in this process only, for tests of programs that use roomcast.
//!
//! | file | |
//! |---|---|
//! | `failures.rs` | how calls are told to fail |
//! | `path.rs` | the room in a request's path, and the query |
//! | `rooms.rs` | which rooms and peers there are, and what the API responds about them |
//! | `sent.rs` | what was sent, as the server would see it |

mod failures;
mod path;
mod rooms;
mod sent;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::net::{FakeCall, FakeRequest, FakeResponse, FakeServer};

use failures::Failures;
pub use failures::FakeFailure;
pub use rooms::FakePeer;
use rooms::Rooms;
pub use sent::SentMessage;

/// A server for [`ClientBuilder::fake_server`](crate::ClientBuilder::fake_server), which records the messages that it accepts.
///
/// Until somebody [joined](Fake::join) a room, every room accepts every message, and none has peers. From then on it responds as
/// 100ms does: a message to a peer that is not in the room, or to a room that nobody is in, is refused with 404. Clones are the
/// same server.
///
/// ```
/// use std::sync::Arc;
///
/// let fake = roomcast::Fake::default();
/// let client = roomcast::Client::builder().fake_server(Arc::new(fake.clone())).build()?;
/// client.send_to_peer("room", "peer", "your cards: A♠ K♠")?;
/// let sent = fake.sent();
/// assert_eq!((sent[0].peer_id.as_deref(), &*sent[0].message), (Some("peer"), "your cards: A♠ K♠"));
/// # Ok::<(), roomcast::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Fake(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    rooms: Rooms,
    sent: Vec<SentMessage>,
    calls: Vec<FakeCall>,
    failures: Failures,
    /// How many peers got an id of the server's.
    named: u64,
    next: VecDeque<FakeResponse>,
    /// After those.
    always: Option<FakeResponse>,
}

impl Fake {
    /// A peer joins a room. One with the same id is replaced. If its id is empty, it gets one: `peer-1`, `peer-2`, and so on.
    /// Returns its id.
    pub fn join(&self, room_id: impl Into<String>, mut peer: FakePeer) -> String {
        let mut state = self.state();
        if peer.peer_id.is_empty() {
            state.named += 1;
            peer.peer_id = format!("peer-{}", state.named);
        }
        let peer_id = peer.peer_id.clone();
        state.rooms.join(room_id.into(), peer);
        peer_id
    }

    /// A peer leaves a room; a room whose last peer leaves is not active.
    pub fn leave(&self, room_id: &str, peer_id: &str) {
        self.state().rooms.leave(room_id, peer_id);
    }

    /// The next call fails, or the next ones, after those that were set before. A message to users is a query first.
    pub fn fail_next(&self, failure: FakeFailure) {
        self.state().failures.add(failure);
    }

    /// What becomes of the next attempt, after those that were set before: each retry is an attempt.
    pub fn respond_next(&self, response: FakeResponse) {
        self.state().next.push_back(response);
    }

    /// What becomes of every attempt that nothing else was set for; with None, the rooms decide again.
    pub fn respond_always(&self, response: Option<FakeResponse>) {
        self.state().always = response;
    }

    /// The messages that were accepted, in their order.
    pub fn sent(&self) -> Vec<SentMessage> {
        self.state().sent.clone()
    }

    /// All calls that have ended, in the order in which they did: those that succeeded, those that the server refused, and those
    /// that broke a rule and never reached it.
    pub fn calls(&self) -> Vec<FakeCall> {
        self.state().calls.clone()
    }

    /// Forgets everything: peers, calls, messages, and what was set.
    pub fn reset(&self) {
        *self.state() = State::default();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl FakeServer for Fake {
    fn respond(&self, request: &FakeRequest<'_>) -> FakeResponse {
        let mut state = self.state();
        let failure = state.failures.respond(request);
        let set = failure.or_else(|| state.next.pop_front()).or_else(|| state.always.clone());
        let response = set.unwrap_or_else(|| state.rooms.respond(request));
        if let FakeResponse::Http { status: 200..=299, .. } = response {
            state.sent.extend(SentMessage::read(request));
        }
        response
    }

    fn ended(&self, call: &FakeCall) {
        let mut state = self.state();
        state.failures.forget(call.number);
        state.calls.push(call.clone());
    }
}
