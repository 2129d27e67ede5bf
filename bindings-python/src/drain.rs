//! Draining a client: waiting for its operations to end, on the caller's thread or for an event loop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use pyo3::prelude::*;
use roomcast::{Client, Error, Spelling};

use crate::argument::Converter;
use crate::completion_queue::{Completion, CompletionQueue};
use crate::interrupt;

/// A drain that an event loop awaits.
#[pyclass(frozen, module = "roomcast._roomcast")]
pub(crate) struct Drain(Arc<AtomicBool>);

#[pymethods]
impl Drain {
    /// Whether all operations ended by themselves; when the future has completed.
    fn all_ended(&self) -> bool {
        self.0.load(SeqCst)
    }
}

/// The time for a drain: `None` is the client's own timeout.
fn timeout(client: &Client, timeout: Option<&Bound<'_, PyAny>>) -> Result<std::time::Duration, Error> {
    let timeout = timeout.map(|timeout| ("timeout".to_owned(), Converter::default().argument(timeout)));
    client.drain_timeout(timeout, Spelling::Snake)
}

/// Drains on this thread. Python's signal handlers run meanwhile; an exception of theirs ends the wait.
pub(crate) fn drain(
    py: Python<'_>,
    client: &Client,
    given: Option<&Bound<'_, PyAny>>,
) -> PyResult<Result<bool, Error>> {
    let timeout = match timeout(client, given) {
        Ok(timeout) => timeout,
        Err(error) => return Ok(Err(error)),
    };
    let all_ended = interrupt::blocking(py, || client.drain(timeout));
    interrupt::raise().map(|()| Ok(all_ended))
}

/// Drains on a thread of the core's, and then completes a future.
pub(crate) fn start(
    client: &Client,
    given: Option<&Bound<'_, PyAny>>,
    future: Py<PyAny>,
    completions: Py<CompletionQueue>,
) -> Result<Drain, Error> {
    let timeout = timeout(client, given)?;
    let all_ended = Arc::new(AtomicBool::new(false));
    let (result, completion) = (all_ended.clone(), Completion::new(future, None, completions));
    client.start_drain(timeout, move |all_ended| {
        result.store(all_ended, SeqCst);
        completion.push();
    })?;
    Ok(Drain(all_ended))
}
