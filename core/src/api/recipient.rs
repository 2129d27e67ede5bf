//! Who receives a message: the routing table, as one pure function.

use crate::error::Error;

use super::validate;

/// Who receives a message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Recipient {
    /// The one connected peer with this id.
    Peer(String),
    /// Every connected peer with this role; names are compared exactly.
    Role(String),
    /// Every connected peer in the room.
    Everyone,
}

/// A target as it was given. One that was not given is `None`, outside of this type: null counts as given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Null,
    Text(String),
}

impl Target {
    pub(crate) fn is(&self, text: &str) -> bool {
        matches!(self, Target::Text(named) if named == text)
    }
}

impl Recipient {
    /// The routing table. A peer wins over a role. A target that is given but names nobody is an error, so that a failed
    /// look-up never widens the audience.
    ///
    /// `peer_field` is how the caller's language spells `peer_id`.
    pub(crate) fn route(
        peer_field: &str,
        peer_id: Option<&Target>,
        role: Option<&Target>,
    ) -> Result<Recipient, Error> {
        match (peer_id, role) {
            (Some(peer_id), role) => {
                if let Some(Target::Text(role)) = role {
                    // It is not sent, so it may be blank; but an invalid one shows a mistake.
                    if !validate::is_blank(role) {
                        validate::name("role", role)?;
                    }
                }
                named(peer_field, peer_id).map(Recipient::Peer)
            }
            (None, Some(role)) => named("role", role).map(Recipient::Role),
            (None, None) => Ok(Recipient::Everyone),
        }
    }
}

fn named(field: &str, target: &Target) -> Result<String, Error> {
    match target {
        Target::Null => {
            let error = Error::invalid_request(format!("{field} is null"));
            Err(error.advice(validate::name_advice(field)))
        }
        Target::Text(text) => validate::name(field, text).map(|()| text.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Option<Target> {
        Some(Target::Text(value.to_owned()))
    }

    #[test]
    fn every_row_of_the_table() {
        let null = || Some(Target::Null);
        let route = |peer: Option<Target>, role: Option<Target>| {
            Recipient::route("peer_id", peer.as_ref(), role.as_ref()).ok()
        };
        assert_eq!(route(None, None), Some(Recipient::Everyone));
        assert_eq!(route(None, text("host")), Some(Recipient::Role("host".into())));
        for role in [None, text("host"), text(""), text(" "), null()] {
            assert_eq!(route(text("p1"), role), Some(Recipient::Peer("p1".into())));
        }
        for peer in [text(""), text(" \u{200B}"), null()] {
            for role in [None, text("host"), text(""), null()] {
                assert_eq!(route(peer.clone(), role), None);
            }
        }
        for role in [text(""), text("\t"), null()] {
            assert_eq!(route(None, role), None);
        }
    }
}
