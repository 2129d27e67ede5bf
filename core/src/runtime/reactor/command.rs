//! What other threads ask of the reactor's.

use std::sync::Arc;
use std::time::Instant;

use mio::Waker;

use super::mailbox::{self, Wake};
use super::task::{Connected, Evaluated, Task};

pub(super) enum Command {
    Start(Box<Task>),
    Connected(Box<Connected>),
    Evaluated(Box<Evaluated>),
    /// The task with this id was cancelled.
    Cancelled(u64),
    /// Every operation is cancelled.
    CancelAll,
    /// Check what is due: the reactor was retired.
    Wake,
}

pub(super) type Mailbox = mailbox::Mailbox<Command, Arc<Waker>, Instant>;

impl Wake for Arc<Waker> {
    fn wake(&self) {
        // It fails only if the system has no memory left; the thread then wakes at its next deadline.
        let _ = Waker::wake(self);
    }
}
