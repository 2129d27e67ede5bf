//! The interpreter's shutdown. During finalization CPython ends any other thread that runs Python code, up to 3.13 by unwinding
//! its stack, which crashes the process if native code is on it. So no Python code runs below native code then:
//!
//! - Before finalization the core's threads stop entering the interpreter, and shutdown waits for those that are inside. So it
//!   does for Python's threads that write a log line.
//! - What Python's threads call takes and returns plain values, and calls no Python code; `_results.py` and `_completions.py`
//!   make objects of Python's classes, call the event loop, and raise exceptions.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;

use crate::process_counter::{Counted, ProcessCounter};

static SHUTTING_DOWN: AtomicBool = AtomicBool::new(false);
/// The threads that hold a guard.
static GUARDS: ProcessCounter = ProcessCounter::new();

/// While a thread holds it, the interpreter does not shut down.
pub(crate) struct ShutdownGuard {
    _counted: Counted,
}

impl ShutdownGuard {
    /// None if the interpreter is shutting down; the thread must not enter it then.
    pub(crate) fn acquire() -> Option<ShutdownGuard> {
        let guard = ShutdownGuard { _counted: GUARDS.count() };
        (!is_shutting_down()).then_some(guard)
    }
}

pub(crate) fn is_shutting_down() -> bool {
    SHUTTING_DOWN.load(SeqCst)
}

/// Reports an exception that cannot be raised, by `sys.unraisablehook`.
#[pyfunction]
pub(crate) fn write_unraisable(exception: Bound<'_, PyAny>, object: &Bound<'_, PyAny>) {
    // The hook may be a function in Python.
    if let Some(_guard) = ShutdownGuard::acquire() {
        PyErr::from_value(exception).write_unraisable(object.py(), Some(object));
    }
}

/// Refuses further guards, and waits until those that are held are released. Registered with `atexit`.
#[pyfunction]
pub(crate) fn shut_down(py: Python<'_>) {
    SHUTTING_DOWN.store(true, SeqCst);
    py.detach(|| {
        while !GUARDS.is_zero() {
            thread::sleep(Duration::from_millis(1));
        }
    });
}
