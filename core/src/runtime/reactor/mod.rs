//! The reactor: one thread for all operations of a client that do not block their callers. It advances whichever
//! operation's socket is ready.
//!
//! A thread for each operation was there before and would be simpler. But waking one for its request and again for its
//! response took three times as long as the request itself, and a thousand of them are a thousand stacks.
//!
//! | file | |
//! |---|---|
//! | `handle.rs` | the reactor, as other threads use it |
//! | `mailbox.rs` | the wake-up protocol: when other threads wake the reactor's |
//! | `command.rs`, `task.rs` | what other threads post |
//! | `thread.rs` | the reactor's thread: one turn after the other |
//! | `scheduler.rs` | the operations: queued, in flight, delayed, completed |
//! | `connections.rs` | the reactor's connections: in use, yielded, idle |
//! | `delayed.rs` | the operations that wait for a time: between two attempts, or for the rate of a batch |
//! | `blocking_jobs.rs` | opening connections and parsing long responses, on threads of their own |

mod blocking_jobs;
mod command;
mod connections;
mod delayed;
mod handle;
mod mailbox;
mod queue;
mod scheduler;
mod sync;
mod task;
mod thread;

pub(crate) use handle::{Cancel, ReactorHandle};
pub(crate) use task::Task;
