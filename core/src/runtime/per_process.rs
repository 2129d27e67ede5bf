//! One state for each process that uses a client: that of the process that made it, and of its forked children.
//!
//! After a fork, parent and child share sockets and TLS keys, and each would read the other's responses; and a lock that
//! another thread held at that moment stays locked in the child for ever. So a child makes a state of its own, and never
//! touches its parent's.

use std::sync::{Arc, OnceLock};

use super::process_state::{ProcessState, TransportConfig};

/// The states of the processes that came to hold a client: the one that made it, its child, that child's child, …
///
/// A list that only grows, so that finding a process's own state takes no lock that a fork could leave locked.
pub(crate) struct PerProcess {
    config: TransportConfig,
    first: OnceLock<Link>,
}

struct Link {
    state: Arc<ProcessState>,
    next: Box<OnceLock<Link>>,
}

impl PerProcess {
    pub(crate) fn new(config: TransportConfig) -> Self {
        let first = OnceLock::new();
        let _ = first.set(Link::new(&config));
        PerProcess { config, first }
    }

    pub(crate) fn config(&self) -> &TransportConfig {
        &self.config
    }

    /// The state of this process.
    pub(crate) fn current(&self) -> &Arc<ProcessState> {
        let id = std::process::id();
        let mut place = &self.first;
        loop {
            let link = place.get_or_init(|| Link::new(&self.config));
            if link.state.id == id {
                return &link.state;
            }
            place = &link.next;
        }
    }
}

impl Link {
    fn new(config: &TransportConfig) -> Self {
        Link { state: Arc::new(ProcessState::new(config)), next: Box::default() }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if self.state.id != std::process::id() {
            // A parent's: its locks may be held by threads that do not exist in this process. One more reference keeps it
            // from being dropped.
            std::mem::forget(self.state.clone());
        }
    }
}
