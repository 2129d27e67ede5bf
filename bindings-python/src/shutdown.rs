//! The interpreter's shutdown. During finalization CPython ends any other thread that runs Python code, up to 3.13 by unwinding
//! its stack, which crashes the process if native code is on it. So no Python code runs below native code then:
//!
//! - Before finalization the core's threads stop entering the interpreter, and shutdown waits for those that are inside. So it
//!   does for Python's threads that write a log line.
//! - What Python's threads call takes and returns plain values, and calls no Python code; `_results.py` and `_completions.py`
//!   make objects of Python's classes, call the event loop, and raise exceptions.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;
use roomcast_process_local::generation;

static SHUTTING_DOWN: AtomicBool = AtomicBool::new(false);
/// The upper 32 bits are a process's generation, the lower 32 the number of that process's threads that hold a guard: in a
/// forked child the parent's threads do not count. It is not a lock, since a fork could leave a lock locked.
static GUARDS: AtomicU64 = AtomicU64::new(0);

/// While a thread holds it, the interpreter does not shut down.
pub(crate) struct ShutdownGuard {
    /// Of the process that counts it.
    generation: u64,
}

impl ShutdownGuard {
    /// None if the interpreter is shutting down; the thread must not enter it then.
    pub(crate) fn acquire() -> Option<ShutdownGuard> {
        let generation = generation();
        let increment =
            |guards| Some(if is_of(generation, guards) { guards + 1 } else { none_of(generation) + 1 });
        let _ = GUARDS.fetch_update(SeqCst, SeqCst, increment);
        let guard = ShutdownGuard { generation };
        (!is_shutting_down()).then_some(guard)
    }
}

impl Drop for ShutdownGuard {
    fn drop(&mut self) {
        // A thread that forked with a guard drops it in the child, too, where it may no longer count.
        let decrement = |guards| is_of(self.generation, guards).then(|| guards - 1);
        let _ = GUARDS.fetch_update(SeqCst, SeqCst, decrement);
    }
}

pub(crate) fn is_shutting_down() -> bool {
    SHUTTING_DOWN.load(SeqCst)
}

/// Refuses further guards, and waits until those that are held are released. Registered with `atexit`.
#[pyfunction]
pub(crate) fn shut_down(py: Python<'_>) {
    SHUTTING_DOWN.store(true, SeqCst);
    py.detach(|| {
        let are_held = |guards| is_of(generation(), guards) && guards != none_of(generation());
        while are_held(GUARDS.load(SeqCst)) {
            thread::sleep(Duration::from_millis(1));
        }
    });
}

fn is_of(generation: u64, guards: u64) -> bool {
    guards & !u64::from(u32::MAX) == none_of(generation)
}

/// The count zero, for the process of a generation.
fn none_of(generation: u64) -> u64 {
    generation << 32
}
