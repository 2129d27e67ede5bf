//! Many sends at a time, for the iterators `SendMany` and `AsyncSendMany`, which call Python's code: they take the caller's items.

use std::sync::{Arc, Mutex, MutexGuard};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use roomcast::{BatchOptions, CallContext, Progress, Response, Spelling};
use roomcast_process_local::generation;

use crate::argument::Converter;
use crate::attach::DropAttached;
use crate::call::item_operation;
use crate::completion_queue::{Completion, CompletionQueue};
use crate::error;
use crate::interrupt;
use crate::logging;
use crate::not_given::is_not_given;
use crate::response;
use crate::shutdown;
use crate::watch::Watch;

/// The options of `send_many` that the core does not have.
const OWN_OPTIONS: &[&str] = &["progress"];

/// Sends under way, with their items, and results that wait to be taken. Dropping it cancels the sends.
#[pyclass(frozen, module = "roomcast._roomcast")]
pub(crate) struct Batch {
    batch: roomcast::Batch<DropAttached<Item>>,
    waiter: Waiter,
    /// What its sends carry along.
    context: CallContext,
    /// Of the process that performs the sends.
    generation: u64,
}

/// An item of the caller's.
struct Item {
    item: Py<PyAny>,
    /// The caller's number of what watches its send.
    observation: Option<u64>,
    /// What Python raised for a value in it that could not be converted.
    cause: Option<PyErr>,
}

/// The future of the task that waits for a result, if one does.
#[derive(Clone, Default)]
struct Waiter(Arc<Mutex<Option<Completion>>>);

/// An item, its result as `to_completed` returns it, and the number of what watched its send.
type Taken<'py> = (Py<PyAny>, Bound<'py, PyAny>, Option<u64>);

impl Batch {
    pub(crate) fn create<'py>(
        py: Python<'py>,
        client: &roomcast::Client,
        given: &Bound<'py, PyDict>,
        origin: Py<PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let context = logging::context(Some(origin), None);
        let mut options = BatchOptions::default().context(context.clone());
        for (name, value) in given {
            if is_not_given(&value) {
                continue;
            }
            let name = name.cast::<PyString>()?.to_string_lossy();
            let value = Converter::default().argument(&value);
            options = match options.option(&name, value, OWN_OPTIONS, Spelling::Snake) {
                Ok(options) => options,
                Err(error) => return error::to_failure(py, &error),
            };
        }
        let waiter = Waiter::default();
        let of_results = waiter.clone();
        match roomcast::Batch::new(client, options, move |_| of_results.wake()) {
            Ok(batch) => {
                let batch = Batch { batch, waiter, context, generation: generation() };
                Ok(Bound::new(py, batch)?.into_any())
            }
            Err(error) => error::to_failure(py, &error),
        }
    }

    /// A fork may have left the locks locked.
    fn of_this_process(&self) -> PyResult<&roomcast::Batch<DropAttached<Item>>> {
        match self.generation == generation() {
            true => Ok(&self.batch),
            false => Err(PyRuntimeError::new_err(
                "this send_many() belongs to the process that forked this one, which sends its items",
            )),
        }
    }
}

#[pymethods]
impl Batch {
    /// Whether another item has to wait for a result.
    fn is_full(&self) -> PyResult<bool> {
        Ok(self.of_this_process()?.is_full())
    }

    /// Whether nothing is under way and no result waits to be taken.
    fn is_idle(&self) -> PyResult<bool> {
        Ok(self.of_this_process()?.is_idle())
    }

    /// Starts the send of an item. `converted` is the item as a dict, if it is a mapping. `observed` is what watches it, with the
    /// caller's number of that.
    #[pyo3(signature = (item, converted, level, observed=None))]
    fn start<'py>(
        &self,
        py: Python<'py>,
        item: Py<PyAny>,
        converted: &Bound<'py, PyAny>,
        level: u8,
        observed: Option<(u64, Bound<'py, Watch>)>,
    ) -> PyResult<()> {
        let batch = self.of_this_process()?;
        let mut converter = Converter::default();
        let operation = item_operation(batch.client(), converted, &mut converter);
        logging::set_level(level);
        let (observation, watch) = observed.unzip();
        let item = Item { item, observation, cause: converter.failure };
        let item = DropAttached::new(item);
        match watch {
            Some(watch) => batch.start_in(watch.get().watch(self.context.clone()), item, operation),
            None => batch.start(item, operation),
        }
        if shutdown::is_shutting_down() {
            // As in `wait_with`.
            wait(py, batch)?;
        }
        // By a signal's handler, while this thread wrote a log line.
        interrupt::raise()
    }

    /// Takes the next result, and waits for it. None if none will come.
    fn next<'py>(&self, py: Python<'py>) -> PyResult<Option<Taken<'py>>> {
        let batch = self.of_this_process()?;
        loop {
            if let Some(taken) = self.take(py)? {
                return Ok(Some(taken));
            }
            if batch.is_idle() {
                return Ok(None);
            }
            wait(py, batch)?;
        }
    }

    /// Takes the next result, if there is one.
    fn take<'py>(&self, py: Python<'py>) -> PyResult<Option<Taken<'py>>> {
        let Some((item, result)) = self.of_this_process()?.take() else { return Ok(None) };
        // Only a drop leaves none.
        let Some(Item { item, observation, cause }) = item.into_inner() else { return Ok(None) };
        let completed = match (result, cause) {
            (Err(error), Some(cause)) => error::to_failure_from(py, &error, Some(cause))?,
            (result, _) => response::to_completed(py, result.map(Response::SendResult))?,
        };
        Ok(Some((item, completed, observation)))
    }

    /// Has a future completed as soon as there is a result to take. False if there already is one.
    fn wait_with(
        &self,
        py: Python<'_>,
        future: Py<PyAny>,
        completions: Py<CompletionQueue>,
    ) -> PyResult<bool> {
        let batch = self.of_this_process()?;
        self.waiter.set(Completion::new(future, None, completions));
        if shutdown::is_shutting_down() {
            // The core's threads no longer enter the interpreter, so this one blocks until it need not be woken.
            wait(py, batch)?;
        }
        // It may have come before the future was set.
        Ok(!batch.has_result())
    }

    /// Whether there is a result to take.
    fn has_result(&self) -> PyResult<bool> {
        Ok(self.of_this_process()?.has_result())
    }

    /// Cancels the sends that are under way, and those that are started from now on. In a forked child it has no effect.
    fn cancel(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.batch.cancel());
        interrupt::raise()
    }

    /// How many have completed, were accepted, were not sent, were rejected, and may have been delivered.
    fn progress(&self) -> PyResult<(u64, u64, u64, u64, u64)> {
        let Progress { completed, accepted, not_sent, rejected, unknown, .. } =
            self.of_this_process()?.progress();
        Ok((completed, accepted, not_sent, rejected, unknown))
    }
}

/// Waits until there is a result to take, or none to come.
fn wait(py: Python<'_>, batch: &roomcast::Batch<DropAttached<Item>>) -> PyResult<()> {
    interrupt::blocking(py, || batch.wait());
    interrupt::raise()
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.batch.cancel();
        if let Some(raised) = interrupt::take_raised() {
            Python::attach(|py| raised.write_unraisable(py, None));
        }
    }
}

impl Waiter {
    fn set(&self, completion: Completion) {
        let previous = self.lock().replace(completion);
        drop(previous);
    }

    /// Called on the core's threads.
    fn wake(&self) {
        let completion = self.lock().take();
        if let Some(completion) = completion {
            completion.push();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Completion>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}
