//! What the server wrote about an error.

/// The body of a response other than 2xx, secrets redacted.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct ErrorBody {
    pub(crate) code: Option<i64>,
    pub(crate) message: Option<String>,
    pub(crate) details: Vec<String>,
}
