//! How a language spells the names of arguments and options.

use std::mem;

/// How a language writes the names of arguments and options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spelling {
    /// `peer_id`: Rust, Python.
    #[default]
    Snake,
    /// As [`Snake`](Spelling::Snake), but a time is in whole milliseconds, as in `timeout_ms`: C.
    SnakeMilliseconds,
    /// `peerId`: JavaScript.
    Camel,
}

impl Spelling {
    /// For language bindings: a name that the core writes as `peer_id`, in the language's spelling.
    pub fn of(self, name: &'static str) -> String {
        match self {
            Spelling::Snake | Spelling::SnakeMilliseconds => name.to_owned(),
            Spelling::Camel => camel(name).collect(),
        }
    }

    /// Whether that is how the language writes the name. Without allocating: each item of many names its arguments.
    pub(crate) fn is(self, name: &'static str, given: &str) -> bool {
        match self {
            Spelling::Snake | Spelling::SnakeMilliseconds => name == given,
            Spelling::Camel => camel(name).eq(given.chars()),
        }
    }

    /// The option for a time: in seconds, or in milliseconds.
    pub(crate) fn timeout(self) -> &'static str {
        match self {
            Spelling::Snake => "timeout",
            Spelling::SnakeMilliseconds | Spelling::Camel => "timeout_ms",
        }
    }

    /// The unit of that option, in seconds.
    pub(crate) fn timeout_unit(self) -> f64 {
        match self {
            Spelling::Snake => 1.0,
            Spelling::SnakeMilliseconds | Spelling::Camel => 0.001,
        }
    }

    // Without allocating: these are needed for each send.

    pub(crate) fn room_id(self) -> &'static str {
        match self {
            Spelling::Snake | Spelling::SnakeMilliseconds => "room_id",
            Spelling::Camel => "roomId",
        }
    }

    pub(crate) fn peer_id(self) -> &'static str {
        match self {
            Spelling::Snake | Spelling::SnakeMilliseconds => "peer_id",
            Spelling::Camel => "peerId",
        }
    }
}

/// A name in camel case.
fn camel(name: &str) -> impl Iterator<Item = char> {
    let mut is_head = false;
    name.chars().filter_map(move |letter| match letter {
        '_' => {
            is_head = true;
            None
        }
        letter if mem::take(&mut is_head) => Some(letter.to_ascii_uppercase()),
        letter => Some(letter),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_camel_case() {
        for (name, camel) in [("peer_id", "peerId"), ("max_in_flight", "maxInFlight"), ("role", "role")] {
            assert_eq!(Spelling::Camel.of(name), camel);
            assert!(Spelling::Camel.is(name, camel) && Spelling::Snake.is(name, name));
            assert!(!Spelling::Camel.is(name, "peerid") && !Spelling::Snake.is(name, "maxInFlight"));
        }
        assert!(!Spelling::Camel.is("peer_id", "peer_id"));
    }
}
