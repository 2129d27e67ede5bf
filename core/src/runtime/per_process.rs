//! One state for each process that uses a client: that of the process that made it, and of its forked children.
//!
//! After a fork, parent and child share sockets and TLS keys, and each would read the other's responses; and a lock that
//! another thread held at that moment stays locked in the child for ever. So a child makes a state of its own, and never
//! touches its parent's.

use std::sync::Arc;

use roomcast_process_local::ProcessLocal;

use super::process_state::{ProcessState, TransportConfig};

/// The states of the processes that came to hold a client.
pub(crate) struct PerProcess {
    config: TransportConfig,
    states: ProcessLocal<ProcessState>,
}

impl PerProcess {
    pub(crate) fn new(config: TransportConfig) -> Self {
        let made = PerProcess { config, states: ProcessLocal::new() };
        made.current();
        made
    }

    pub(crate) fn config(&self) -> &TransportConfig {
        &self.config
    }

    /// The state of this process.
    pub(crate) fn current(&self) -> &Arc<ProcessState> {
        self.states.get_or_init(|| ProcessState::new(&self.config))
    }
}
