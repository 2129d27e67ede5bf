//! What belongs to one process: its connections, its tokens and its threads, and what a fork means for them.

mod per_process;
mod process_state;
mod reactor;
mod thread_pool;

pub(crate) use per_process::PerProcess;
pub use process_state::MAX_QUEUED;
pub(crate) use process_state::{TASK_BYTES, TransportConfig};
#[cfg(test)]
pub(crate) use reactor::ReactorHandle;
pub(crate) use reactor::{Cancel, Task};
