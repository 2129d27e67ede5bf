//! The results of operations that were started without a callback, until the caller collects them.
//!
//! Each process has a queue of its own: a fork may leave the lock of its parent's locked, and what the parent started has its result
//! in the parent.

use std::collections::VecDeque;
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use roomcast_core::{Error, ErrorKind, MAX_QUEUED, Outcome, RecipientResult, Response, SendResult};
use roomcast_process_local::ProcessLocal;

use crate::readiness::Readiness;

/// What a result takes beside its texts, about. Each operation that is started takes it from the beginning.
const RESULT_BYTES: usize = 512;

/// The queues of a client, one for each process that uses it.
#[derive(Default)]
pub(crate) struct CompletionQueues {
    queues: ProcessLocal<CompletionQueue>,
    /// No further operation starts. A child that is forked later has this, too.
    is_closed: AtomicBool,
}

#[derive(Default)]
pub(crate) struct CompletionQueue {
    state: Mutex<State>,
    changed: Condvar,
    refused: AtomicU64,
}

#[derive(Default)]
struct State {
    ready: VecDeque<(Completed, usize)>,
    /// Operations whose result is still to come.
    outstanding: usize,
    /// What these and the results hold, in bytes.
    held: usize,
    /// Threads that wait for a result. Waking none is a system call less.
    waiting: usize,
    /// Once the caller has asked for it.
    readiness: Option<Readiness>,
    /// The client was freed: nobody collects any more.
    is_abandoned: bool,
}

/// The result of one operation, with the caller's pointer.
pub(crate) struct Completed {
    pub(crate) user_data: UserData,
    pub(crate) result: Result<Response, Error>,
}

/// The caller's pointer, which goes from the thread that starts an operation to the one that collects its result.
pub(crate) struct UserData(pub(crate) *mut c_void);

// SAFETY: it is only passed back, and the header documents that any thread may get it.
unsafe impl Send for UserData {}

/// What a look into the queue gave.
pub(crate) enum Taken {
    Completed(Completed),
    /// There is none, so far.
    Nothing,
    /// There is none, and none will come.
    End,
}

/// The duty to put a result into the queue. Dropping it takes back that there will be one.
pub(crate) struct Place {
    queue: Arc<CompletionQueue>,
    user_data: Option<UserData>,
}

impl CompletionQueues {
    pub(crate) fn current(&self) -> &Arc<CompletionQueue> {
        self.queues.get_or_init(CompletionQueue::default)
    }

    /// Nothing is started any more: the client was closed before. Whoever waits for a result that will never come returns.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        let queue = self.current();
        drop(queue.state());
        queue.changed.notify_all();
    }

    /// The next result. Waits for one, at most as long as `limit`, which is none for any time.
    pub(crate) fn take(&self, limit: Option<Duration>) -> Taken {
        let until = limit.and_then(|limit| Instant::now().checked_add(limit));
        let queue = self.current();
        let mut state = queue.state();
        loop {
            if let Some(completed) = state.take() {
                return Taken::Completed(completed);
            }
            if state.outstanding == 0 && self.is_closed.load(Ordering::SeqCst) {
                return Taken::End;
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Taken::Nothing;
            }
            state.waiting += 1;
            state = match left {
                Some(left) => queue.changed.wait_timeout(state, left).unwrap_or_else(|e| e.into_inner()).0,
                None => queue.changed.wait(state).unwrap_or_else(|e| e.into_inner()),
            };
            state.waiting -= 1;
        }
    }
}

impl Drop for CompletionQueues {
    fn drop(&mut self) {
        self.current().abandon();
    }
}

impl CompletionQueue {
    /// A place for the result of an operation that is about to start.
    pub(crate) fn reserve(self: &Arc<Self>, user_data: *mut c_void) -> Result<Place, Error> {
        let mut state = self.state();
        if state.held + RESULT_BYTES > MAX_QUEUED {
            drop(state);
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Err(queue_full());
        }
        state.held += RESULT_BYTES;
        state.outstanding += 1;
        drop(state);
        Ok(Place { queue: self.clone(), user_data: Some(UserData(user_data)) })
    }

    /// How many operations were not started since the queue was full.
    pub(crate) fn refused_count(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// How many results wait to be collected, and how many bytes these and those that are still to come hold.
    pub(crate) fn uncollected(&self) -> (usize, usize) {
        let state = self.state();
        (state.ready.len(), state.held)
    }

    /// A descriptor that is readable while results wait; -1 if the system gives none.
    pub(crate) fn fd(&self) -> c_int {
        let mut state = self.state();
        if state.readiness.is_none() {
            let Ok(readiness) = Readiness::new() else { return -1 };
            if !state.ready.is_empty() {
                readiness.raise();
            }
            state.readiness = Some(readiness);
        }
        state.readiness.as_ref().map_or(-1, Readiness::fd)
    }

    fn push(&self, completed: Completed) {
        let bytes = held_by(&completed.result);
        let mut state = self.state();
        state.outstanding -= 1;
        if state.is_abandoned {
            return;
        }
        state.held += bytes;
        state.ready.push_back((completed, bytes));
        if state.ready.len() == 1
            && let Some(readiness) = &state.readiness
        {
            readiness.raise();
        }
        let is_awaited = state.waiting > 0;
        drop(state);
        if is_awaited {
            // All: one takes it, and others may learn that it was the last one.
            self.changed.notify_all();
        }
    }

    fn withdraw(&self) {
        let mut state = self.state();
        state.outstanding -= 1;
        state.held -= RESULT_BYTES;
        drop(state);
        self.changed.notify_all();
    }

    fn abandon(&self) {
        let mut state = self.state();
        state.is_abandoned = true;
        let ready = std::mem::take(&mut state.ready);
        let readiness = state.readiness.take();
        let outstanding = state.outstanding;
        drop(state);
        drop(readiness);
        let uncollected = ready.len();
        if uncollected + outstanding > 0 {
            log::warn!(
                target: "roomcast::completions",
                "a client was freed with {uncollected} results that were not collected, and {outstanding} more to come"
            );
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl State {
    fn take(&mut self) -> Option<Completed> {
        let (completed, bytes) = self.ready.pop_front()?;
        self.held -= RESULT_BYTES + bytes;
        if self.ready.is_empty() {
            if let Some(readiness) = &self.readiness {
                readiness.clear();
            }
            // After a burst.
            if self.ready.capacity() > 1024 {
                self.ready = VecDeque::new();
            }
        }
        Some(completed)
    }
}

impl Place {
    pub(crate) fn fill(mut self, result: Result<Response, Error>) {
        if let Some(user_data) = self.user_data.take() {
            self.queue.push(Completed { user_data, result });
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.user_data.is_some() {
            self.queue.withdraw();
        }
    }
}

fn queue_full() -> Error {
    let limit = MAX_QUEUED / (1024 * 1024);
    let what = format!("results that were not collected, and what is to bring some, hold {limit} MiB");
    Error::new(ErrorKind::QueueFull, Outcome::NotSent, what)
        .advice("Collect results with roomcast_client_next before starting more.")
}

/// What a result holds beside [`RESULT_BYTES`], about.
fn held_by(result: &Result<Response, Error>) -> usize {
    match result {
        Ok(Response::SendResult(result)) => send_result_bytes(result),
        Ok(Response::Recipients(recipients)) => recipients.iter().map(recipient_bytes).sum(),
        Ok(Response::Peers(peers)) => peers
            .iter()
            .map(|peer| {
                let texts = [&peer.peer_id, &peer.name, &peer.user_id, &peer.metadata, &peer.role];
                size_of_val(peer) + texts.into_iter().map(String::len).sum::<usize>()
            })
            .sum(),
        Ok(Response::Room(room)) => {
            let texts = [&room.room_id, &room.name, &room.customer_id, &room.session_id];
            let ids = room.peer_ids.iter().map(|id| id.len() + size_of::<String>());
            texts.into_iter().map(String::len).chain(ids).sum()
        }
        Err(error) => error_bytes(error),
    }
}

fn send_result_bytes(result: &SendResult) -> usize {
    result.message.len() + result.request_id.as_ref().map_or(0, String::len)
}

fn recipient_bytes(recipient: &RecipientResult) -> usize {
    let texts = [&recipient.peer_id, &recipient.role, &recipient.user_id];
    let texts = texts.into_iter().flatten().map(String::len).sum::<usize>();
    let result = match &recipient.result {
        Ok(accepted) => send_result_bytes(accepted),
        Err(error) => error_bytes(error),
    };
    size_of::<RecipientResult>() + texts + result
}

fn error_bytes(error: &Error) -> usize {
    let details = error.details().iter().map(|detail| detail.len() + size_of::<String>());
    details.sum::<usize>() + error.server_message().map_or(0, str::len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr::without_provenance_mut;
    use std::thread;

    fn accepted(message: &str) -> Result<Response, Error> {
        Err(Error::new(ErrorKind::Server, Outcome::Unknown, message))
    }

    fn reserve(queues: &CompletionQueues, number: usize) -> Place {
        queues.current().reserve(without_provenance_mut(number)).unwrap()
    }

    fn number(taken: Taken) -> usize {
        match taken {
            Taken::Completed(completed) => completed.user_data.0.addr(),
            _ => panic!("nothing was there"),
        }
    }

    #[test]
    fn results_come_in_the_order_in_which_they_complete() {
        let queues = CompletionQueues::default();
        let (first, second) = (reserve(&queues, 1), reserve(&queues, 2));
        assert!(matches!(queues.take(Some(Duration::ZERO)), Taken::Nothing));
        second.fill(accepted("b"));
        first.fill(accepted("a"));
        assert_eq!((number(queues.take(None)), number(queues.take(None))), (2, 1));
        assert_eq!(queues.current().uncollected(), (0, 0));
    }

    #[test]
    fn a_full_queue_refuses_and_loses_nothing() {
        let queues = CompletionQueues::default();
        let places: Vec<_> = (0..MAX_QUEUED / RESULT_BYTES).map(|number| reserve(&queues, number)).collect();
        let refuse = || match queues.current().reserve(std::ptr::null_mut()) {
            Ok(_) => panic!("it is full"),
            Err(error) => {
                assert_eq!((error.kind(), error.outcome()), (ErrorKind::QueueFull, Outcome::NotSent))
            }
        };
        refuse();
        let count = places.len();
        places.into_iter().for_each(|place| place.fill(accepted("a")));
        refuse();
        assert_eq!((queues.current().uncollected().0, queues.current().refused_count()), (count, 2));
        for expected in 0..count {
            assert_eq!(number(queues.take(None)), expected);
        }
        drop(reserve(&queues, 1));
        assert_eq!(queues.current().uncollected(), (0, 0));
    }

    #[test]
    fn whoever_waits_learns_that_nothing_will_come() {
        let queues = Arc::new(CompletionQueues::default());
        let (place, withdrawn) = (reserve(&queues, 7), reserve(&queues, 8));
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let queues = queues.clone();
                thread::spawn(move || matches!(queues.take(None), Taken::Completed(_)))
            })
            .collect();
        queues.close();
        drop(withdrawn);
        place.fill(accepted("a"));
        let mut ended: Vec<_> = waiting.into_iter().map(|thread| thread.join().unwrap()).collect();
        ended.sort_unstable();
        assert_eq!(ended, [false, false, true]);
        assert!(matches!(queues.take(Some(Duration::ZERO)), Taken::End));
    }

    #[test]
    #[cfg(all(unix, not(miri)))]
    fn the_descriptor_is_readable_while_results_wait() {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let queues = CompletionQueues::default();
        reserve(&queues, 1).fill(accepted("before anybody asked for it"));
        let queue = queues.current().clone();
        let fd = queue.fd();
        assert_eq!(queue.fd(), fd, "it stays the same");
        let is_readable = || {
            let state = queue.state();
            let Some(readiness) = &state.readiness else { panic!("it was asked for") };
            // SAFETY: the queue keeps it open.
            let fd = unsafe { std::os::fd::BorrowedFd::borrow_raw(readiness.fd()) };
            poll(&mut [PollFd::new(&fd, PollFlags::IN)], Some(&Timespec::default())).unwrap() == 1
        };
        for _ in 0..3 {
            assert!(is_readable());
            reserve(&queues, 2).fill(accepted("a"));
            number(queues.take(None));
            assert!(is_readable());
            number(queues.take(None));
            assert!(!is_readable());
            reserve(&queues, 3).fill(accepted("a"));
        }
    }

    #[test]
    fn what_completes_after_the_client_was_freed_is_dropped() {
        let queues = CompletionQueues::default();
        let (place, queue) = (reserve(&queues, 1), queues.current().clone());
        drop(queues);
        place.fill(accepted("a"));
        assert_eq!(queue.state().ready.len(), 0);
    }
}
