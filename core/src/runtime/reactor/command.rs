//! What other threads ask of the reactor's.

use std::sync::Arc;
use std::time::Instant;

use mio::Waker;

use super::mailbox::{self, Wake};
use super::task::{Connected, Task};

pub(super) enum Command {
    Start(Box<Task>),
    Connected(Box<Connected>),
    /// Check what is due: something was cancelled, or the reactor was retired.
    Wake,
}

pub(super) type Mailbox = mailbox::Mailbox<Command, Arc<Waker>, Instant>;

impl Wake for Arc<Waker> {
    fn wake(&self) {
        // It fails only if the system has no memory left; the thread then wakes at its next deadline.
        let _ = Waker::wake(self);
    }
}
