//! Runs the core's `mailbox.rs`, the very file, with loom's locks in place of the standard library's: loom tries every
//! interleaving of the threads, and reports a lost wake-up as a deadlock.
//!
//! The reactor's thread, its scheduler and its time are modelled in `reactor.rs`, in the order of steps of the core's
//! `thread.rs` and `handle.rs`.

#[cfg(test)]
mod sync {
    pub(super) use loom::sync::{Mutex, MutexGuard};
}

#[cfg(test)]
#[path = "../../../core/src/runtime/reactor/mailbox.rs"]
mod mailbox;

#[cfg(test)]
mod reactor;

#[cfg(test)]
mod tests;
