//! What is known of the message.

use std::fmt;

/// What is known of the message when a send failed: this is what to act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It provably never left: sending again cannot show it twice.
    NotSent,
    /// The server refused it.
    Rejected,
    /// It may have been delivered: sending again may show it twice.
    Unknown,
}

impl Outcome {
    /// The outcome's name in every language, e.g. `"not_sent"`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::NotSent => "not_sent",
            Outcome::Rejected => "rejected",
            Outcome::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
