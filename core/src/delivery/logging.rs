//! Log lines. None holds a secret or the message's text: only the path, which names the room, and the error's own text.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::api::Response;
use crate::error::{Error, ErrorKind};

pub(super) fn retrying(path: &str, attempt: u32, wait: Duration, error: &Error) {
    guarded(|| log::info!("{path}: attempt {attempt} failed, retrying in {wait:.3?}: {error}"));
}

pub(super) fn finished(path: &str, attempts: u32, result: &Result<Response, Error>) {
    guarded(|| match result {
        Ok(Response::SendResult(_)) => log::debug!("{path}: accepted, attempts: {attempts}"),
        Ok(_) => log::debug!("{path}: answered, attempts: {attempts}"),
        // The caller's own decision.
        Err(error) if error.kind() == ErrorKind::Cancelled => {
            log::debug!("{path}: attempts: {attempts}, {error}");
        }
        Err(error) => log::warn!("{path}: attempts: {attempts}, {error}"),
    });
}

/// The logger is the program's, and may panic. That changes nothing of the operation's result.
fn guarded(log: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(log));
}
