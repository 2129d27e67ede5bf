//! Tests of the promises on generated inputs: properties, and fuzzing. See CONTRIBUTING.md.

mod calls;
mod fuzz;
mod model;
mod network;
mod retrying;
mod routing;
mod several;
pub(crate) mod texts;
mod webhooks;
