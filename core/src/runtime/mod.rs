//! What belongs to one process: its connections, its tokens and its threads, and what a fork means for them.

mod operations;
mod per_process;
mod process_state;
mod reactor;
mod thread_pool;

pub(crate) use operations::{OperationGuard, OperationKind};
pub(crate) use per_process::PerProcess;
pub use process_state::MAX_QUEUED;
pub(crate) use process_state::{ProcessState, TASK_BYTES, TransportConfig};
#[cfg(test)]
pub(crate) use reactor::ReactorHandle;
pub(crate) use reactor::{Cancel, Task};
