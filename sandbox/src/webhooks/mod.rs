//! Webhooks: posts the room events to a URL, in the form that 100ms documents.

mod attempt;
mod payload;
mod retry;
mod target;

pub use attempt::{Attempt, AttemptListener, Webhook};
pub use payload::triggered;
pub use retry::{MAX_ATTEMPTS, post_with_retries};
pub use target::{Target, TargetError, TargetPart};

use crate::model::RoomEvent;
use payload::Payload;
use retry::retry;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

/// In bytes, of all undelivered events together. Events beyond that are dropped, and stderr says so.
const MAX_PENDING_BYTES: usize = 64 << 20;
/// Rooms are distributed over this many queues. So the events of one room keep their order, and a handler that is slow
/// for some rooms does not delay all others.
const QUEUES: usize = 16;

/// A webhook that is queued, in flight or being retried.
struct PendingWebhook {
    webhook: Webhook,
    target: Arc<Target>,
    listener: Option<Arc<AttemptListener>>,
    /// Changes when the webhook is to be forgotten.
    forgotten: watch::Receiver<()>,
    _budget: OwnedSemaphorePermit,
    _pending: watch::Receiver<()>,
}

/// Delivers webhooks in the background.
pub struct Webhooks {
    queues: Vec<mpsc::UnboundedSender<PendingWebhook>>,
    /// Where they go; `None` if there are none.
    target: Mutex<Option<Arc<Target>>>,
    /// Where they go at the start, and after a reset.
    initial_target: Option<Arc<Target>>,
    listener: Option<Arc<AttemptListener>>,
    /// The bytes that may still be queued.
    budget: Arc<Semaphore>,
    /// Has one receiver for each pending webhook.
    pending: watch::Sender<()>,
    forget: watch::Sender<()>,
}

impl Webhooks {
    /// Starts the delivery. It needs a Tokio runtime.
    pub fn new(target: Option<Target>, listener: Option<AttemptListener>) -> Self {
        Self::with_budget(MAX_PENDING_BYTES, target, listener)
    }

    fn with_budget(budget: usize, target: Option<Target>, listener: Option<AttemptListener>) -> Self {
        let target = target.map(Arc::new);
        let queue = |_| {
            let (sender, queue) = mpsc::unbounded_channel();
            tokio::spawn(deliver(queue));
            sender
        };
        Self {
            queues: (0..QUEUES).map(queue).collect(),
            target: Mutex::new(target.clone()),
            initial_target: target,
            listener: listener.map(Arc::new),
            budget: Arc::new(Semaphore::new(budget)),
            pending: watch::Sender::new(()),
            forget: watch::Sender::new(()),
        }
    }

    /// Where webhooks go from now on. Those that are queued already still go where they did.
    pub fn set_target(&self, target: Option<Arc<Target>>) {
        *self.lock_target() = target;
    }

    pub fn target(&self) -> Option<Arc<Target>> {
        self.lock_target().clone()
    }

    /// Queues the webhook of an event and never waits. Call it in the order of the events.
    pub fn enqueue(&self, event: &RoomEvent) {
        if *event == RoomEvent::Reset {
            self.reset();
        }
        let Some(target) = self.target() else {
            return;
        };
        let Some(Payload { id, room_id, kind, body }) = Payload::new(event) else {
            return;
        };
        let webhook = Webhook { id, kind: kind.to_owned(), room_id: room_id.to_owned(), body };
        let size = u32::try_from(webhook.body.len()).unwrap_or(u32::MAX);
        let Ok(budget) = Arc::clone(&self.budget).try_acquire_many_owned(size) else {
            log(&webhook, "dropped, because too many webhooks are queued");
            return;
        };
        let mut hasher = DefaultHasher::new();
        room_id.hash(&mut hasher);
        let queue = &self.queues[hasher.finish() as usize % QUEUES];
        let _ = queue.send(PendingWebhook {
            webhook,
            target,
            listener: self.listener.clone(),
            forgotten: self.forget.subscribe(),
            _budget: budget,
            _pending: self.pending.subscribe(),
        });
    }

    /// An attempt to deliver a webhook has ended.
    pub fn report(&self, webhook: &Webhook, attempt: &Attempt) {
        if let Some(listener) = &self.listener {
            listener(webhook, attempt);
        }
    }

    /// Forgets the webhooks that are not delivered yet. New ones go where they did at the start.
    fn reset(&self) {
        self.forget.send_replace(());
        self.set_target(self.initial_target.clone());
    }

    /// The number of webhooks that are queued, in flight or being retried.
    pub fn pending(&self) -> usize {
        self.pending.receiver_count()
    }

    fn lock_target(&self) -> MutexGuard<'_, Option<Arc<Target>>> {
        self.target.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PendingWebhook {
    /// Does something with the webhook, unless it is forgotten before that is done.
    async fn unless_forgotten<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut forgotten = self.forgotten.clone();
        tokio::select! {
            biased;
            // An error means that the sandbox ends.
            _ = forgotten.changed() => None,
            result = work => Some(result),
        }
    }

    /// Retries after a failed first attempt. Takes `self`, because its bytes count as pending until the end.
    async fn retry(self, error: String) {
        let retries = retry(error, || self.target.post(&self.webhook.body), |attempt| self.report(&attempt));
        let _ = self.unless_forgotten(retries).await;
    }

    fn report(&self, attempt: &Attempt) {
        if attempt.error.is_some() {
            log(&self.webhook, &attempt.to_string());
        }
        if let Some(listener) = &self.listener {
            listener(&self.webhook, attempt);
        }
    }
}

/// Delivers the webhooks of one queue: one first attempt at a time. Retries run in tasks of their own and do not delay
/// the queue, so a later webhook may arrive before a retried one.
async fn deliver(mut queue: mpsc::UnboundedReceiver<PendingWebhook>) {
    while let Some(pending) = queue.recv().await {
        match pending.unless_forgotten(pending.target.post(&pending.webhook.body)).await {
            Some(Ok(())) => pending.report(&Attempt { number: 1, error: None, retry_in: None }),
            Some(Err(error)) => {
                tokio::spawn(pending.retry(error));
            }
            None => {}
        }
    }
}

/// Writes to stderr. A closed stderr does not stop the delivery.
fn log(webhook: &Webhook, line: &str) {
    let Webhook { kind, room_id, .. } = webhook;
    let _ = writeln!(std::io::stderr(), "webhook {kind} of room {room_id}: {line}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PeerInfo, Session};
    use chrono::Utc;

    #[tokio::test]
    async fn pending_webhooks_are_bounded() {
        // Accepts connections and never responds.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        let webhooks = Webhooks::with_budget(4096, Target::new(&url, &[]).ok(), None);
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
            webhooks.enqueue(&event);
        }
        assert_eq!(webhooks.pending(), 2);
        webhooks.enqueue(&RoomEvent::Reset);
        while webhooks.pending() > 0 {
            tokio::task::yield_now().await;
        }
    }
}
