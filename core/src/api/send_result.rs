//! The result of a send that succeeded.

/// The server accepted the message. That does not say who received it, nor how many.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendResult {
    /// The server's text, `"message sent"`; empty if it sent none.
    pub message: String,
    /// The number of attempts, 1 or more.
    pub attempts: u32,
    /// The server's own id of the request, as [`Error::request_id`](crate::Error::request_id).
    pub request_id: Option<String>,
}
