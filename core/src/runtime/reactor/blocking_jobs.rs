//! What would hold up the reactor's thread, done on threads of their own: opening connections, with their name look-ups and
//! handshakes, and parsing long responses.

use std::sync::Arc;

use crate::delivery::{Backend, catch_panic};
use crate::net::{Attempt, Exchange, HttpResponse, SendState};

use super::super::thread_pool::{Job, ThreadPool};
use super::command::{Command, Mailbox};
use super::task::{Connected, Evaluated, Task};

pub(super) type BlockingThreads = ThreadPool<BlockingJob>;

/// Threads beside one for each operation in flight, for connects that were cancelled while a system call blocks them.
const SPARE_THREADS: usize = 64;
/// Few, since they keep a processor busy, and a parsed response takes several times its length.
const PARSING_THREADS: usize = 2;

/// Threads that open connections.
pub(super) fn connecting_threads(max_in_flight: usize) -> BlockingThreads {
    ThreadPool::new(max_in_flight + SPARE_THREADS)
}

/// Threads that parse long responses.
pub(super) fn parsing_threads() -> BlockingThreads {
    ThreadPool::new(PARSING_THREADS)
}

pub(super) struct BlockingJob {
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) work: Work,
}

pub(super) enum Work {
    /// Open a connection for an attempt. The task stays with the scheduler, which drops it if it is cancelled.
    Connect { task: u64, backend: Arc<Backend>, state: Arc<SendState> },
    /// Evaluate a long response.
    Evaluate(Box<Answered>),
}

/// A task whose response is complete.
pub(super) struct Answered {
    pub(super) task: Box<Task>,
    pub(super) exchange: Exchange,
    pub(super) response: HttpResponse,
}

impl Job for BlockingJob {
    fn run(self) {
        let command = match self.work {
            // Nobody waits for it.
            Work::Connect { state, .. } if state.is_cancelled() => return,
            Work::Connect { task, backend, state } => {
                let attempt = Attempt::new(state.clone());
                let opened = catch_panic(&state, || backend.route.connect(&attempt));
                Command::Connected(Box::new(Connected { task, opened }))
            }
            Work::Evaluate(answered) => Command::Evaluated(Box::new(answered.evaluate())),
        };
        self.mailbox.post(command);
    }
}

impl Answered {
    /// Ends the attempt.
    pub(super) fn evaluate(self) -> Evaluated {
        let Answered { mut task, exchange, response } = self;
        let state = task.delivery.state.clone();
        let step = catch_panic(&state, || task.delivery.end_attempt(Some(exchange), Ok(response)));
        Evaluated { task, step }
    }
}
