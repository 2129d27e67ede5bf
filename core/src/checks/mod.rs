//! The core held to its promises on inputs that nobody thought of: properties, and fuzzing. CONTRIBUTING.md says how.

mod calls;
mod fuzz;
mod model;
mod network;
mod retrying;
mod routing;
mod webhooks;
mod words;
