//! System calls that know no deadline, or that no signal ends.

use std::io;
use std::sync::mpsc;
use std::thread;

use super::attempt::Attempt;
use super::failure::{Failure, FailureKind};

/// Makes a system call on a thread of its own, and waits for it within the deadline. One that outlives the wait ends by
/// itself, and what it brings is dropped.
pub(super) fn elsewhere<T: Send + 'static>(
    attempt: &Attempt,
    thread_name: &str,
    doing: &str,
    call: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<io::Result<T>, Failure> {
    let (answer, answered) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name(thread_name.into())
        .spawn(move || {
            let _ = answer.send(call());
        })
        .map_err(|_| Failure::new(FailureKind::Connect, format!("the system gives no thread for {doing}")))?;
    attempt
        .receive(doing, &answered)?
        .ok_or_else(|| Failure::new(FailureKind::Connect, format!("{doing} failed")))
}
