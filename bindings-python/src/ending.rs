//! The interpreter's end. A thread that enters it meanwhile, or that calls into Python when it comes, is ended in the
//! middle of its work, which tears the process down. So before it comes, the core's threads stop to enter, and those inside leave.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;

static ENDED: AtomicBool = AtomicBool::new(false);
/// In its upper half a process, in its lower half how many threads of that process are inside: in a forked child, the
/// parent's do not count. A lock would not do, since a fork could leave it locked.
static INSIDE: AtomicU64 = AtomicU64::new(0);

/// A thread's leave to enter the interpreter, until it is dropped.
pub(crate) struct Inside(());

impl Inside {
    pub(crate) fn enter() -> Option<Inside> {
        let count = |inside| Some(if is_ours(inside) { inside + 1 } else { none_inside() + 1 });
        let _ = INSIDE.fetch_update(SeqCst, SeqCst, count);
        let entered = Inside(());
        (!has_ended()).then_some(entered)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.fetch_sub(1, SeqCst);
    }
}

pub(crate) fn has_ended() -> bool {
    ENDED.load(SeqCst)
}

/// Called by `atexit`.
#[pyfunction]
pub(crate) fn end(py: Python<'_>) {
    ENDED.store(true, SeqCst);
    py.detach(|| {
        let someone = |inside| is_ours(inside) && inside != none_inside();
        while someone(INSIDE.load(SeqCst)) {
            thread::sleep(Duration::from_millis(1));
        }
    });
}

fn is_ours(inside: u64) -> bool {
    inside >> 32 == u64::from(std::process::id())
}

fn none_inside() -> u64 {
    u64::from(std::process::id()) << 32
}
