//! Queries for who is in a room: what they name, checked before anything is sent.

use crate::error::Error;

use super::call_options::{CallOptions, call_options};
use super::recipient::Target;
use super::spelling::Spelling;
use super::validate;

/// Which peers of a room to list: all of them, unless a user or a role is named; with both, the peers that match both.
///
/// Limits: `room_id` has 1 to 64 of `A-Z a-z 0-9 _ -`; a user's id and a role are not blank, have at most 256 bytes and no
/// control character. Beyond a limit the query fails with [`InvalidRequest`](crate::ErrorKind::InvalidRequest), and nothing
/// is sent, so that a failed look-up does not list everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerQuery {
    pub(crate) room_id: String,
    pub(crate) user_id: Option<Target>,
    pub(crate) role: Option<Target>,
    pub(crate) options: CallOptions,
    pub(crate) spelling: Spelling,
}

call_options!(PeerQuery, options);

impl PeerQuery {
    /// All peers of the room.
    pub fn new(room_id: impl Into<String>) -> Self {
        PeerQuery {
            room_id: room_id.into(),
            user_id: None,
            role: None,
            options: CallOptions::default(),
            spelling: Spelling::Snake,
        }
    }

    /// Only the peers of this user: one for each device or tab that they joined with.
    pub fn user_id(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(Target::Text(user_id.into()));
        self
    }

    /// Only the peers that have this role; names are compared exactly.
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.role = Some(Target::Text(role.into()));
        self
    }

    /// Checks every field.
    pub(crate) fn validate(&self) -> Result<ValidPeerQuery<'_>, Error> {
        validate::room_id(self.spelling.room_id(), &self.room_id)?;
        let user_id = named(&self.spelling.of("user_id"), self.user_id.as_ref())
            .map_err(|error| error.advice("Give the id of a user, or omit it to list everyone."))?;
        let role = named("role", self.role.as_ref())
            .map_err(|error| error.advice("Give the name of a role, or omit it to list everyone."))?;
        self.options.validate(self.spelling)?;
        Ok(ValidPeerQuery { room_id: &self.room_id, user_id, role })
    }
}

fn named<'a>(field: &str, given: Option<&'a Target>) -> Result<Option<&'a str>, Error> {
    given.map(|target| target.name(field)).transpose()
}

/// A query that was checked. Only this is encoded.
pub(crate) struct ValidPeerQuery<'a> {
    pub(crate) room_id: &'a str,
    pub(crate) user_id: Option<&'a str>,
    pub(crate) role: Option<&'a str>,
}

/// Which room to get. The room's id becomes one by itself: `client.get_room("627cda81ab4f3b56a077dc33")`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomQuery {
    pub(crate) room_id: String,
    pub(crate) options: CallOptions,
    pub(crate) spelling: Spelling,
}

call_options!(RoomQuery, options);

impl RoomQuery {
    /// The room with this id: 1 to 64 of `A-Z a-z 0-9 _ -`.
    pub fn new(room_id: impl Into<String>) -> Self {
        RoomQuery { room_id: room_id.into(), options: CallOptions::default(), spelling: Spelling::Snake }
    }

    /// Checks the id, and returns it.
    pub(crate) fn validate(&self) -> Result<&str, Error> {
        validate::room_id(self.spelling.room_id(), &self.room_id)?;
        self.options.validate(self.spelling)?;
        Ok(&self.room_id)
    }
}

impl<T: Into<String>> From<T> for RoomQuery {
    fn from(room_id: T) -> Self {
        RoomQuery::new(room_id)
    }
}
