//! An error's text: what happened, what that means for the message, and what to do.

use std::fmt;

use super::{Error, ErrorKind, Outcome};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        write!(f, "{}: {}. {}", inner.kind, inner.what, meaning(inner.outcome, inner.is_idempotent))?;
        for advice in [inner.advice, default_advice(inner.kind, inner.outcome, inner.is_idempotent)] {
            if !advice.is_empty() {
                write!(f, " {advice}")?;
            }
        }
        Ok(())
    }
}

fn meaning(outcome: Outcome, is_idempotent: bool) -> &'static str {
    match (outcome, is_idempotent) {
        (Outcome::NotSent, _) => "Nothing was sent.",
        (Outcome::Rejected, false) => "The server refused the message.",
        (Outcome::Rejected, true) => "The server refused the query.",
        (Outcome::Unknown, false) => "The message may have been delivered.",
        (Outcome::Unknown, true) => "The query may have been answered.",
    }
}

fn default_advice(kind: ErrorKind, outcome: Outcome, is_idempotent: bool) -> &'static str {
    match (kind, outcome) {
        (ErrorKind::InvalidRequest | ErrorKind::Configuration, Outcome::NotSent) => "",
        (_, Outcome::Rejected) => "",
        _ if is_idempotent => "Retrying it is safe.",
        (_, Outcome::NotSent) => "Sending it again is safe.",
        (_, Outcome::Unknown) => "Send it again only if seeing it twice does no harm.",
    }
}

/// The text without characters that start a new line anywhere, so that nobody can forge lines of a log.
pub(super) fn one_line(text: &str) -> String {
    if text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
        return text.to_owned();
    }
    text.chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect()
}
