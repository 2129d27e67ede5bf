//! System calls that take no deadline, or that signals do not interrupt.

use std::io;
use std::sync::mpsc;
use std::thread::Builder;

use crate::spawn::spawn;

use super::attempt::Attempt;
use super::failure::{Failure, FailureKind};

/// Makes a system call on a thread of its own, and waits for it within the deadline. If it takes longer, its result is
/// dropped.
pub(super) fn blocking_call<T: Send + 'static>(
    attempt: &Attempt,
    thread_name: &str,
    doing: &str,
    call: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<io::Result<T>, Failure> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let body = move || {
        let _ = sender.send(call());
    };
    spawn(Builder::new().name(thread_name.into()), body)
        .map_err(|_| Failure::new(FailureKind::Connect, format!("the system gives no thread for {doing}")))?;
    attempt
        .receive(doing, &receiver)?
        .ok_or_else(|| Failure::new(FailureKind::Connect, format!("{doing} failed")))
}
