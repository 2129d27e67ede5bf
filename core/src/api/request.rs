//! One message to send, as Rust callers write it.

use std::borrow::Cow;
use std::fmt;

use crate::error::Error;

use super::call_options::{CallOptions, call_options};
use super::message::Message;
use super::recipient::{Recipient, Target};
use super::spelling::Spelling;
use super::validate;

/// One message for a room. Without [`peer_id`](Request::peer_id) and [`role`](Request::role) it goes to
/// everyone in the room; with both, the peer wins.
///
/// The text is sent as it was given, never trimmed or normalised. Limits: `room_id` has 1 to 64 of
/// `A-Z a-z 0-9 _ -`; `message` is not blank and has at most 1 MiB of UTF-8; `peer_id`, `role` and the type
/// are not blank, have at most 256 bytes and no control character. Beyond a limit the send fails with
/// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), and nothing is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    pub(crate) room_id: String,
    pub(crate) message: Message,
    pub(crate) peer_id: Option<Target>,
    pub(crate) role: Option<Target>,
    pub(crate) message_type: Option<String>,
    pub(crate) options: CallOptions,
    pub(crate) spelling: Spelling,
}

call_options!(Request, options);

impl Request {
    /// A message to everyone in the room, unless a peer or a role is named: text, or a [`Message`] in another format.
    pub fn new(room_id: impl Into<String>, message: impl Into<Message>) -> Self {
        Request {
            room_id: room_id.into(),
            message: message.into(),
            peer_id: None,
            role: None,
            message_type: None,
            options: CallOptions::default(),
            spelling: Spelling::Snake,
        }
    }

    /// Only to the connected peer with this id.
    pub fn peer_id(mut self, peer_id: impl Into<String>) -> Self {
        self.peer_id = Some(Target::Text(peer_id.into()));
        self
    }

    /// Only to the connected peers with this role, unless a peer is named too.
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.role = Some(Target::Text(role.into()));
        self
    }

    /// The kind of message, for the app's own clients: 100ms delivers any text. What begins with `hms_` is reserved. For 100ms's own
    /// clients there are [`Message::chat`], [`Message::event`] and [`Message::reaction`], which have their types.
    pub fn message_type(mut self, message_type: impl Into<String>) -> Self {
        self.message_type = Some(message_type.into());
        self
    }

    /// Who receives it.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), if the peer or the role that was named is blank,
    /// too long or has a control character.
    pub fn recipient(&self) -> Result<Recipient, Error> {
        Recipient::route(self.spelling.peer_id(), self.peer_id.as_ref(), self.role.as_ref())
    }

    /// The same without the text.
    pub(crate) fn without_text(&self) -> Self {
        Request {
            room_id: self.room_id.clone(),
            message: Message::text(""),
            peer_id: self.peer_id.clone(),
            role: self.role.clone(),
            message_type: self.message_type.clone(),
            options: self.options,
            spelling: self.spelling,
        }
    }

    /// Checks every field.
    pub(crate) fn validate(&self) -> Result<ValidRequest<'_>, Error> {
        validate::room_id(self.spelling.room_id(), &self.room_id)?;
        let (message, message_type) = self.message.validate(self.spelling, self.message_type.as_deref())?;
        let recipient = self.recipient()?;
        self.options.validate(self.spelling)?;
        Ok(ValidRequest { room_id: &self.room_id, message, recipient, message_type })
    }
}

impl AsRef<Request> for Request {
    fn as_ref(&self) -> &Request {
        self
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("room_id", &self.room_id)
            .field("message", &self.message)
            .field("peer_id", &self.peer_id)
            .field("role", &self.role)
            .field("message_type", &self.message_type)
            .field("options", &self.options)
            .finish()
    }
}

/// A request that was checked. Only this is encoded.
pub(crate) struct ValidRequest<'a> {
    pub(crate) room_id: &'a str,
    pub(crate) message: Cow<'a, str>,
    pub(crate) recipient: Recipient,
    pub(crate) message_type: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_text() {
        let text = format!("{:?}", Request::new("r", "my secret").peer_id("p"));
        assert!(!text.contains("my secret"), "{text}");
    }
}
