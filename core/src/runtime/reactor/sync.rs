//! The lock that `mailbox.rs` uses; the model in tests/reactor-model replaces it with loom's.

pub(super) use std::sync::{Mutex, MutexGuard};
