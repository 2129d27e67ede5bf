//! Log lines. None holds a secret or the message's text: only the path, which names the room, and the error's own text. What
//! a line says is in its key-values, too: `room_id` and `attempts`, and of a failure `kind` and `outcome`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use log::{Level, log_enabled};

use crate::api::Response;
use crate::error::{Error, ErrorKind};

/// For language bindings: called with what writes a log line of one operation, on the thread that writes it, and calls that
/// once. So the line can be written with what its caller's logging takes from the thread that started the operation.
pub type LogScope = Arc<dyn Fn(&dyn Fn()) + Send + Sync>;

/// The operation that lines are about.
pub(super) struct Subject<'a> {
    pub(super) path: &'a str,
    pub(super) room_id: &'a str,
    pub(super) scope: Option<&'a LogScope>,
}

impl Subject<'_> {
    pub(super) fn retrying(&self, attempt: u32, wait: Duration, error: &Error) {
        let Subject { path, room_id, .. } = self;
        self.write(Level::Info, || {
            log::info!(
                room_id, attempts = attempt, kind = error.kind().as_str(), outcome = error.outcome().as_str();
                "{path}: attempt {attempt} failed, retrying in {wait:.3?}: {error}"
            );
        });
    }

    pub(super) fn finished(&self, attempts: u32, result: &Result<Response, Error>) {
        let Subject { path, room_id, .. } = self;
        let (level, error) = match result {
            Ok(response) => {
                let what = if matches!(response, Response::SendResult(_)) { "accepted" } else { "answered" };
                return self.write(Level::Debug, || {
                    log::debug!(room_id, attempts; "{path}: {what}, attempts: {attempts}");
                });
            }
            // The caller's own decision.
            Err(error) if error.kind() == ErrorKind::Cancelled => (Level::Debug, error),
            Err(error) => (Level::Warn, error),
        };
        self.write(level, || {
            log::log!(
                level, room_id, attempts, kind = error.kind().as_str(), outcome = error.outcome().as_str();
                "{path}: attempts: {attempts}, {error}"
            );
        });
    }

    /// The logger is the program's, and may panic. That changes nothing of the operation's result.
    fn write(&self, level: Level, line: impl Fn()) {
        let _ = catch_unwind(AssertUnwindSafe(|| match self.scope {
            Some(scope) if log_enabled!(level) => scope(&line),
            _ => line(),
        }));
    }
}
