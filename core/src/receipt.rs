//! What a caller is told when a message was taken.

/// The server took the message. That is its word: it does not tell who read it, nor how many received it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// The server's own words, `"message sent"`; empty if it had none.
    pub message: String,
    /// Attempts that it took, 1 or more.
    pub attempts: u32,
}

impl Receipt {
    pub(crate) fn new(message: String, attempts: u32) -> Self {
        Receipt { message, attempts }
    }
}
