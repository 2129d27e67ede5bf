//! A record of the requests to the server API, for the page and for tests of programs. The number of requests and the
//! length of their texts are bounded.

mod known;
mod outcome;
mod recorded;
mod recording;
mod store;

pub use known::{Arrived, Response};
pub use recorded::Recorded;
pub use recording::Recording;
pub use store::{RequestListener, Requests};
