//! How native code enters the interpreter from any thread: not while the interpreter shuts down, and not while it forks.

use std::thread;
use std::time::Duration;

use pyo3::ffi;
use pyo3::prelude::*;

use crate::process_counter::ProcessCounter;
use crate::shutdown::ShutdownGuard;

/// The core's threads that are entering the interpreter, and have not entered yet.
static ENTERING: ProcessCounter = ProcessCounter::new();
/// The threads that fork.
static FORKING: ProcessCounter = ProcessCounter::new();

/// Runs a function with the interpreter attached; or not at all, if the interpreter is shutting down.
pub(crate) fn attach<T>(function: impl FnOnce(Python<'_>) -> T) -> Option<T> {
    // With the guard the interpreter does not exit, so this thread is not ended inside.
    let _guard = ShutdownGuard::acquire()?;
    // SAFETY: it only reads a thread-local variable of the interpreter.
    let is_new = unsafe { ffi::PyGILState_GetThisThreadState() }.is_null();
    let entering = is_new.then(|| {
        loop {
            let entering = ENTERING.count();
            if FORKING.is_zero() {
                break entering;
            }
            drop(entering);
            thread::sleep(Duration::from_micros(100));
        }
    });
    Python::try_attach(|py| {
        drop(entering);
        function(py)
    })
}

/// A value with Python objects in it, which may be dropped on any thread.
///
/// What is dropped while detached goes to a pool of pyo3, whose lock a fork could leave locked: the child would wait for ever.
pub(crate) struct DropAttached<T>(Option<T>);

impl<T> DropAttached<T> {
    pub(crate) fn new(value: T) -> Self {
        DropAttached(Some(value))
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }

    pub(crate) fn into_inner(mut self) -> Option<T> {
        self.0.take()
    }
}

impl<T> Drop for DropAttached<T> {
    fn drop(&mut self) {
        let mut value = self.0.take();
        if value.is_some() {
            attach(|_| drop(value.take()));
            // Left only if the interpreter is shutting down, which frees everything.
            std::mem::forget(value);
        }
    }
}

/// Lets no thread begin to enter the interpreter while it forks, and waits until those that have begun have entered.
///
/// A new thread makes its state in the interpreter before it has the GIL, under a lock that the child takes, too. Before
/// Python 3.12, if the fork comes meanwhile, the child waits for that lock for ever.
#[pyfunction]
fn before_fork(py: Python<'_>) {
    FORKING.count().keep();
    py.detach(|| {
        while !ENTERING.is_zero() {
            thread::sleep(Duration::from_micros(100));
        }
    });
}

/// In the child nobody forks and nobody enters: the counters are of a process.
#[pyfunction]
fn after_fork_in_parent() {
    FORKING.release_kept();
}

/// Called when the module is imported.
pub(crate) fn register_at_fork(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let os = module.py().import("os")?;
    // There is no fork on Windows.
    if let Ok(register) = os.getattr("register_at_fork") {
        let functions = pyo3::types::PyDict::new(module.py());
        functions.set_item("before", wrap_pyfunction!(before_fork, module)?)?;
        functions.set_item("after_in_parent", wrap_pyfunction!(after_fork_in_parent, module)?)?;
        register.call((), Some(&functions))?;
    }
    Ok(())
}
