//! A record of the requests to the server API, for the page and for tests of programs. The number of requests and the
//! length of their texts are bounded.

mod outcome;
mod recorded;
mod recording;
mod store;

pub use recorded::{Arrived, Recorded, Response};
pub use recording::Recording;
pub use store::{RequestListener, Requests};
