//! What became of the lines, counted; and which of them nobody knows of.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Value, json};

use crate::outcome::Exit;

#[derive(Debug, Default)]
pub struct Tally {
    pub accepted: u64,
    pub rejected: u64,
    pub not_sent: u64,
    /// Of this run and, unless they were sent again, of earlier ones.
    pub unknown: BTreeSet<u64>,
    /// In earlier runs.
    pub accepted_earlier: u64,
    pub rejected_earlier: u64,
}

impl Tally {
    /// By the worst outcome of a line, in this run and earlier.
    pub fn exit(&self) -> Exit {
        match (self.unknown.is_empty(), self.rejected + self.rejected_earlier + self.not_sent) {
            (false, _) => Exit::Unknown,
            (true, 0) => Exit::Accepted,
            (true, _) => Exit::NotSent,
        }
    }

    pub fn to_json(&self) -> Value {
        json!({
            "accepted": self.accepted,
            "rejected": self.rejected,
            "not_sent": self.not_sent,
            "unknown": self.unknown.len(),
            "unknown_lines": self.unknown,
            "accepted_earlier": self.accepted_earlier,
            "rejected_earlier": self.rejected_earlier,
        })
    }

    /// `3, 7-9`.
    pub fn unknown_lines(&self) -> String {
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for line in &self.unknown {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == *line => *last = *line,
                _ => ranges.push((*line, *line)),
            }
        }
        let shown = ranges.into_iter().map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        });
        shown.collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { accepted, rejected, not_sent, unknown, accepted_earlier, rejected_earlier } = self;
        let unknown = unknown.len();
        write!(f, "{accepted} accepted, {rejected} rejected, {not_sent} not sent, {unknown} unknown")?;
        if accepted_earlier + rejected_earlier > 0 {
            write!(f, "; earlier {accepted_earlier} accepted, {rejected_earlier} rejected")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_named_as_ranges() {
        let tally = |lines: &[u64]| Tally { unknown: lines.iter().copied().collect(), ..Tally::default() };
        assert_eq!(tally(&[9, 3, 7, 8, 11]).unknown_lines(), "3, 7-9, 11");
        assert_eq!(tally(&[]).unknown_lines(), "");
    }

    #[test]
    fn the_worst_outcome_counts() {
        let mut tally = Tally { accepted: 1, ..Tally::default() };
        assert_eq!(tally.exit(), Exit::Accepted);
        tally.rejected_earlier = 1;
        assert_eq!(tally.exit(), Exit::NotSent);
        tally.unknown.insert(1);
        assert_eq!(tally.exit(), Exit::Unknown);
    }
}
