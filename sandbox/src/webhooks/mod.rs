//! Webhooks: what happens in rooms, told to the URL of whoever builds on them.

mod payload;
mod retries;
mod target;

pub use target::Target;

use crate::rooms::events::RoomEvent;
use retries::try_again;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

/// What may wait altogether, in bytes. Beyond that events are lost, and that is said.
const MAX_WAITING: usize = 64 << 20;
/// Rooms are shared out among so many queues: one room's events keep their order, and a handler that is slow with
/// some rooms is not yet slow with all.
const QUEUES: usize = 16;

/// An event on its way, until it is delivered or given up.
struct Waiting {
    /// For people: its type and its room.
    title: String,
    body: String,
    _budget: OwnedSemaphorePermit,
    _pending: watch::Receiver<()>,
}

/// Takes what happened, and never waits.
pub struct Webhooks {
    queues: Vec<mpsc::UnboundedSender<Waiting>>,
    /// Bounds the queues.
    budget: Arc<Semaphore>,
    /// Every event on its way is a subscriber.
    pending: watch::Sender<()>,
}

impl Webhooks {
    /// Starts delivering, within a runtime.
    pub fn to(target: Target) -> Self {
        Self::within(MAX_WAITING, target)
    }

    fn within(budget: usize, target: Target) -> Self {
        let target = Arc::new(target);
        let queue = |_| {
            let (sender, waiting) = mpsc::unbounded_channel();
            tokio::spawn(work(waiting, Arc::clone(&target)));
            sender
        };
        Self {
            queues: (0..QUEUES).map(queue).collect(),
            budget: Arc::new(Semaphore::new(budget)),
            pending: watch::Sender::new(()),
        }
    }

    /// Queues the event, in the order in which things happened.
    pub fn tell(&self, event: &RoomEvent) {
        let Some((room_id, kind, body)) = payload::of(event) else {
            return;
        };
        let title = format!("webhook {kind} of room {room_id}");
        let size = u32::try_from(body.len()).unwrap_or(u32::MAX);
        let Ok(budget) = Arc::clone(&self.budget).try_acquire_many_owned(size) else {
            say(&title, "lost, since too much waits to be delivered already");
            return;
        };
        let mut hasher = DefaultHasher::new();
        room_id.hash(&mut hasher);
        let queue = &self.queues[hasher.finish() as usize % QUEUES];
        let _ = queue.send(Waiting { title, body, _budget: budget, _pending: self.pending.subscribe() });
    }

    /// How many events are neither delivered nor given up.
    pub fn pending(&self) -> usize {
        self.pending.receiver_count()
    }
}

impl Waiting {
    /// Whole until it is done, since it stands for what it takes of the budget.
    async fn retry(self, why: String, target: Arc<Target>) {
        try_again(why, || target.post(&self.body), |line| say(&self.title, line)).await;
    }
}

/// An event's first attempt is over before the next event's begins. Its retries hold nobody up: what comes later may
/// arrive earlier.
async fn work(mut waiting: mpsc::UnboundedReceiver<Waiting>, target: Arc<Target>) {
    while let Some(event) = waiting.recv().await {
        if let Err(why) = target.post(&event.body).await {
            tokio::spawn(event.retry(why, Arc::clone(&target)));
        }
    }
}

/// Nobody may be reading, which is no reason to stop.
fn say(title: &str, line: &str) {
    let _ = writeln!(std::io::stderr(), "{title}: {line}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rooms::events::{PeerInfo, Session};
    use chrono::Utc;

    #[tokio::test]
    async fn what_waits_is_bounded() {
        // It takes connections and answers nothing.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        let webhooks = Webhooks::within(4096, Target::new(&url, &[]).unwrap());
        let peer = PeerInfo {
            peer_id: "p".to_owned(),
            user_id: "u".to_owned(),
            role: "host".to_owned(),
            name: String::new(),
            data: "x".repeat(1024),
            joined_at: Utc::now(),
        };
        let session = Session { id: "s".to_owned(), started_at: Utc::now() };
        for room in 0..6 {
            let event = RoomEvent::Joined {
                room_id: format!("room-{room}"),
                session: session.clone(),
                peer: peer.clone(),
            };
            webhooks.tell(&event);
        }
        assert_eq!(webhooks.pending(), 2);
    }
}
