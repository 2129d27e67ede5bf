//! What is known of a request: when it arrives, and what becomes known while it is handled.

use chrono::{DateTime, Utc};

/// A request that has arrived.
#[derive(Debug, Clone)]
pub struct Arrived {
    pub time: DateTime<Utc>,
    pub method: String,
    /// With the query.
    pub path: String,
    pub user_agent: Option<String>,
}

/// The status and the beginning of the body.
#[derive(Debug, Clone, Default)]
pub struct Response {
    pub status: u16,
    pub body: Vec<u8>,
}

/// What becomes known of a request while it is handled.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The beginning of its body.
    pub body: Vec<u8>,
    /// The length of the whole body, in bytes.
    pub body_bytes: usize,
    /// The kinds of the faults that were applied.
    pub fault: Option<String>,
    /// The id of the message that was sent, as its recipients get it.
    pub message_id: Option<String>,
    /// The client gets no response, although there may be one.
    pub is_unanswered: bool,
    /// `None` if the client went away before there was one.
    pub response: Option<Response>,
}
