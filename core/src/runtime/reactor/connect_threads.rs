//! Opening connections. Name look-ups and handshakes block, so this is done on threads of their own.

use std::sync::Arc;

use crate::delivery::catch_panic;

use super::super::thread_pool::{Job, ThreadPool};
use super::command::{Command, Mailbox};
use super::task::{ActiveAttempt, Connected};

pub(super) type ConnectThreads = ThreadPool<ConnectJob>;

/// An attempt that needs a new connection.
pub(super) struct ConnectJob {
    pub(super) active: ActiveAttempt,
    pub(super) mailbox: Arc<Mailbox>,
}

impl Job for ConnectJob {
    fn run(self) {
        let ConnectJob { active, mailbox } = self;
        let delivery = &active.task.delivery;
        let opened = catch_panic(&delivery.state, || delivery.backend.route.connect(&active.attempt));
        mailbox.post(Command::Connected(Box::new(Connected { active, opened })));
    }
}
