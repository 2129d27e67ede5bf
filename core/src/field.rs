//! What is told to a caller, field by field, so that a field is named once for every language.

use std::time::{Duration, SystemTime};

/// For language bindings: what one field holds. Its name comes beside it, as `peer_id` is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Field<'a> {
    /// Text; empty if the server told none.
    Text(&'a str),
    /// True or false.
    Flag(bool),
    /// A point in time, from 1970 to 9999, if the server told one.
    Time(Option<SystemTime>),
    /// How long something took, if the server told it.
    Duration(Option<Duration>),
    /// A JSON object as text, for the language's own parser.
    Json(&'a str),
    /// Texts, none of them empty.
    Texts(&'a [String]),
}
