//! The sandbox's record of requests.

use serde::Deserialize;

/// A request to the server API, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The first request has the number 1.
    pub number: u64,
    /// When it arrived (RFC 3339).
    pub time: String,
    /// Such as `POST`.
    pub method: String,
    /// With the query.
    pub path: String,
    /// The room in the path, if there is one.
    pub room_id: Option<String>,
    /// `None` if the client got no response.
    pub status: Option<u16>,
    /// As the client reports it.
    pub outcome: RecordedOutcome,
    /// The first 8 KiB of the body.
    pub body: String,
    /// The kinds of the faults that were applied to it.
    #[serde(default)]
    pub fault: Option<String>,
}

/// What a client reports of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordedOutcome {
    /// The server accepted it.
    Accepted,
    /// The server refused it.
    Rejected,
    /// Nothing of it was sent.
    NotSent,
    /// It may have been processed.
    Unknown,
}
