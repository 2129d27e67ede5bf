//! Webhooks: what 100ms posts to a server of yours (100ms documentation, "Webhook").
//!
//! There is no signature: whoever sends the secret header is 100ms. So the header is compared first, and nobody else's
//! body is even looked at.

mod error;
mod event;

use std::fmt;

use ring::hmac;

pub use error::{WebhookError, WebhookErrorKind};
pub use event::{Event, EventKind, PeerJoined, PeerLeft};

use crate::call::{Argument, known_option};
use crate::error::Error;
use crate::request::Spelling;
use crate::validate::is_blank;

/// The longest body of a webhook that is read, in bytes: 1 MiB. 100ms documents no limit; its sample events have less than
/// 1 KiB.
pub const MAX_WEBHOOK_BODY: usize = 1024 * 1024;
/// The longest secret, in bytes: servers take no longer header.
const MAX_SECRET: usize = 4096;

/// Reads the webhooks that 100ms posts, and refuses everybody else's.
///
/// ```
/// # fn main() -> Result<(), roomcast::Error> {
/// use roomcast::{EventKind, Webhooks};
///
/// let webhooks = Webhooks::new("a long random text")?;
/// // What an HTTP server gives its handler: the header that carries the secret, and the body as it came.
/// let (header, body) = (Some("a long random text"), br#"{"id": "1", "type": "session.open.success"}"#);
/// match webhooks.read(header.map(str::as_bytes), body) {
///     Ok(event) => match event.kind {
///         EventKind::PeerJoined(peer) => println!("{} joined as {}", peer.user_id, peer.peer_id),
///         EventKind::PeerLeft(left) => println!("{} left", left.peer.user_id),
///         _ => println!("{}", event.event_type),
///     },
///     Err(error) => println!("answer {}: {error}", error.status()),
/// }
/// # Ok(())
/// # }
/// ```
///
/// Neither the secret nor a header or body that was given is in any text of its errors, nor in its `Debug`.
pub struct Webhooks {
    /// Its key is the secret. An HMAC of what was given, against that of the secret: as quick for any wrong header of that
    /// length, and all that is kept.
    key: hmac::Key,
    expected: hmac::Tag,
}

impl Webhooks {
    /// `secret` is the value of the header that was set for the webhook in 100ms's dashboard: visible ASCII characters,
    /// with spaces only between them, at most 4,096.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration), if no header can carry such a value.
    pub fn new(secret: impl AsRef<str>) -> Result<Self, Error> {
        let secret = secret.as_ref();
        if is_blank(secret) {
            return Err(unusable("secret is blank"));
        }
        let carried = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
        if secret.len() > MAX_SECRET || secret.trim_matches(' ') != secret || !secret.bytes().all(carried) {
            return Err(unusable("secret is not the value of a header"));
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let expected = hmac::sign(&key, secret.as_bytes());
        Ok(Webhooks { key, expected })
    }

    /// For language bindings: the same, of options by the names that the caller wrote, as the caller gave them.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration), naming the option: unknown, missing, null, of a wrong type.
    pub fn with_options(
        options: impl IntoIterator<Item = (String, Argument)>,
        spelling: Spelling,
    ) -> Result<Self, Error> {
        let mut secret = None;
        for (name, value) in options {
            known_option(&name, &["secret"], spelling).map_err(Error::into_configuration)?;
            secret = Some(value);
        }
        match secret {
            None => Err(unusable("secret is missing")),
            Some(Argument::Text(secret)) => Webhooks::new(secret),
            Some(other) => Err(unusable(format!("secret {}; it takes text", other.describe()))),
        }
    }

    /// Reads a request: `given` is the value of its secret header, `None` if there was none; `body` is the body as it
    /// came, byte for byte.
    ///
    /// The secret is compared first, in a time that tells nothing of it. A body has at most [`MAX_WEBHOOK_BODY`] bytes:
    /// have your server refuse longer ones before it has read them. It is JSON, nested at most 127 deep, without a key
    /// twice in one object, and without a number that no double holds. Keys that are not documented are let through.
    ///
    /// That an event was read does not mean that it is new: 100ms sends it again if it gets no 200, and anybody with the
    /// secret can. Remember each [`Event::id`] that was acted upon.
    ///
    /// # Errors
    /// Its [`status`](WebhookError::status) is what to answer with.
    pub fn read(&self, given: Option<&[u8]>, body: &[u8]) -> Result<Event, WebhookError> {
        let Some(given) = given else {
            return Err(WebhookError::wrong_secret("the secret header is missing"));
        };
        if hmac::verify(&self.key, given, self.expected.as_ref()).is_err() {
            return Err(WebhookError::wrong_secret("the secret header has another value"));
        }
        if body.len() > MAX_WEBHOOK_BODY {
            return Err(WebhookError::too_large(body.len()));
        }
        event::read(body).map_err(WebhookError::invalid_body)
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhooks").finish_non_exhaustive()
    }
}

fn unusable(what: impl Into<String>) -> Error {
    Error::configuration(what).advice(
        "Give the value of the header that was set for the webhook in 100ms's dashboard: visible ASCII characters, with \
         spaces only between them, at most 4,096.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BODY: &[u8] = br#"{"id":"1","type":"x"}"#;

    #[test]
    fn a_secret_is_what_a_header_can_carry() {
        for secret in ["x", "two words", &"x".repeat(MAX_SECRET), "~!@#$%^&*()\"'\\"] {
            assert!(Webhooks::new(secret).is_ok(), "{secret}");
        }
        for secret in
            ["", " ", "\u{200b}", " x", "x ", "a\tb", "a\nb", "é", "a\0", &"x".repeat(MAX_SECRET + 1)]
        {
            let error = Webhooks::new(secret).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Configuration, "{secret:?}");
        }
    }

    #[test]
    fn nothing_is_looked_at_before_the_secret() {
        let webhooks = Webhooks::new("secret").unwrap();
        let huge = vec![b'['; MAX_WEBHOOK_BODY + 1];
        for given in [None, Some(&b""[..]), Some(b"secre"), Some(b"secret "), Some(b"Secret"), Some(b"\xff")]
        {
            for body in [BODY, b"", b"{", &huge] {
                let error = webhooks.read(given, body).unwrap_err();
                assert_eq!((error.kind(), error.status()), (WebhookErrorKind::WrongSecret, 401), "{given:?}");
            }
        }
        assert_eq!(webhooks.read(Some(b"secret"), &huge).unwrap_err().kind(), WebhookErrorKind::TooLarge);
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Webhooks::new("hunter2").unwrap()), "Webhooks { .. }");
    }

    proptest! {
        #[test]
        fn only_the_secret_opens(secret in "[!-~]([ -~]{0,80}[!-~])?", other in any::<Vec<u8>>(), cut in any::<usize>()) {
            let webhooks = Webhooks::new(&secret).unwrap();
            let secret = secret.as_bytes();
            prop_assert!(webhooks.read(Some(secret), BODY).is_ok());
            prop_assert_eq!(webhooks.read(Some(&other), BODY).is_ok(), other == secret);
            prop_assert!(webhooks.read(Some(&secret[..cut % secret.len()]), BODY).is_err());
            prop_assert!(webhooks.read(Some(&[secret, &other, b"x"].concat()), BODY).is_err());
        }
    }
}
