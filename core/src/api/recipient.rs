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
    Undefined,
    /// See [`Argument::TooLong`](super::Argument::TooLong).
    TooLong,
    Text(String),
}

impl Target {
    /// The name that it is.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest): it names nobody, or breaks the rule for names.
    pub(crate) fn name(&self, field: &str) -> Result<&str, Error> {
        let null = |what: &str| {
            Error::invalid_request(format!("{field} is {what}")).advice(validate::name_advice(field))
        };
        match self {
            Target::Null => Err(null("null")),
            Target::Undefined => Err(null("undefined")),
            Target::TooLong => Err(validate::too_long(field)),
            Target::Text(text) => validate::name(field, text).map(|()| text.as_str()),
        }
    }

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
                // It is not sent, so it may be null or blank; but an invalid one shows a mistake.
                match role {
                    None | Some(Target::Null | Target::Undefined) => {}
                    Some(Target::Text(text)) if validate::is_blank(text) && !validate::is_too_long(text) => {}
                    Some(role) => drop(role.name("role")?),
                }
                peer_id.name(peer_field).map(|id| Recipient::Peer(id.to_owned()))
            }
            (None, Some(role)) => role.name("role").map(|name| Recipient::Role(name.to_owned())),
            (None, None) => Ok(Recipient::Everyone),
        }
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
        let undefined = || Some(Target::Undefined);
        for role in [None, text("host"), text(""), text(" "), null(), undefined()] {
            assert_eq!(route(text("p1"), role), Some(Recipient::Peer("p1".into())));
        }
        for peer in [text(""), text(" \u{200B}"), null(), undefined(), Some(Target::TooLong)] {
            for role in [None, text("host"), text(""), null(), undefined()] {
                assert_eq!(route(peer.clone(), role), None);
            }
        }
        for role in [text(""), text("\t"), null(), undefined(), Some(Target::TooLong)] {
            assert_eq!(route(None, role), None);
        }
        assert_eq!(route(text("p1"), Some(Target::TooLong)), None);
    }
}
