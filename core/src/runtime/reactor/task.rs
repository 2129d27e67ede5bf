//! An operation in the reactor's hands.

use std::sync::Arc;

use crate::delivery::{Completion, Delivery};
use crate::error::Error;
use crate::net::{Attempt, BlockingSocket, Connection, Exchange, Failure};

/// A started operation, and the callback for its result.
pub(crate) struct Task {
    pub(crate) delivery: Delivery<'static>,
    pub(crate) completion: Arc<Completion>,
}

/// A task with its current attempt.
pub(super) struct ActiveAttempt {
    pub(super) task: Box<Task>,
    pub(super) exchange: Exchange,
    pub(super) attempt: Attempt,
}

/// An attempt for which a connection was opened, or could not be.
pub(super) struct Connected {
    pub(super) active: ActiveAttempt,
    /// The outer error is a panic.
    pub(super) opened: Result<Result<Connection<BlockingSocket>, Failure>, Error>,
}
