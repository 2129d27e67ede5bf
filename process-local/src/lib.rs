//! A value for each process: after a fork, the child makes its own and never touches its parent's.
//!
//! The crate roomcast forbids unsafe code, and noticing a fork needs some. So it is here, in [`generation`].

#![deny(missing_docs)]

mod generation;
mod process_local;

pub use generation::generation;
pub use process_local::ProcessLocal;
