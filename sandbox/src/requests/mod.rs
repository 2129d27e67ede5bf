//! A record of the requests to the server API, for the page and for tests of programs. The number of requests and the
//! length of their texts are bounded.

mod annotations;
mod outcome;
mod recorded;
mod store;

pub use annotations::Annotations;
pub use recorded::{Arrived, Recorded, Response};
pub use store::{RequestListener, Requests};
