//! Verifying and parsing a webhook.

use std::fmt;

use ring::hmac;

use crate::api::is_blank;
use crate::error::Error;

use super::error::WebhookError;
use super::event::{self, Event, MAX_WEBHOOK_BODY};

/// The longest secret, in bytes: servers accept no longer headers.
const MAX_SECRET: usize = 4096;

/// Verifies and parses the webhooks that 100ms posts.
///
/// ```
/// # fn main() -> Result<(), roomcast::Error> {
/// use roomcast::{EventKind, Webhooks};
///
/// let webhooks = Webhooks::new("a long random text")?;
/// // What an HTTP server passes to its handler: the header that carries the secret, and the raw body.
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
/// Neither the secret nor the header or body of a request is in any error text, nor in `Debug`.
pub struct Webhooks {
    /// The secret is the key. The HMAC of the header is compared with that of the secret: in constant time for headers of
    /// one length, and the secret itself is not kept.
    key: hmac::Key,
    expected: hmac::Tag,
}

impl Webhooks {
    /// `secret` is the value of the header that was set for the webhook in 100ms's dashboard: visible ASCII characters,
    /// with spaces only between them, at most 4,096.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration), if no HTTP header can carry such a value.
    pub fn new(secret: impl AsRef<str>) -> Result<Self, Error> {
        let secret = secret.as_ref();
        if is_blank(secret) {
            return Err(unusable_secret("secret is blank"));
        }
        let carried = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
        if secret.len() > MAX_SECRET || secret.trim_matches(' ') != secret || !secret.bytes().all(carried) {
            return Err(unusable_secret("secret is not the value of a header"));
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let expected = hmac::sign(&key, secret.as_bytes());
        Ok(Webhooks { key, expected })
    }

    /// Verifies and parses a request: `given` is the value of its secret header, `None` if there was none; `body` is the raw
    /// body.
    ///
    /// The secret is compared first, in constant time. A body has at most [`MAX_WEBHOOK_BODY`] bytes: let your server refuse
    /// longer ones before it reads them. It is JSON, nested at most 127 deep, without duplicate keys in an object, and without
    /// numbers that no double holds. Undocumented keys are allowed.
    ///
    /// An event that was read is not necessarily new: 100ms sends it again if it gets no 200, and so can anybody who has the
    /// secret. Remember each [`Event::id`] that was acted upon.
    ///
    /// # Errors
    /// Answer the request with the error's [`status`](WebhookError::status).
    pub fn read(&self, given: Option<&[u8]>, body: &[u8]) -> Result<Event, WebhookError> {
        let Some(given) = given else {
            return Err(WebhookError::wrong_secret("the secret header is missing"));
        };
        if hmac::verify(&self.key, given, self.expected.as_ref()).is_err() {
            return Err(WebhookError::wrong_secret("the secret header has another value"));
        }
        if body.len() > MAX_WEBHOOK_BODY {
            return Err(WebhookError::too_large());
        }
        event::parse(body).map_err(WebhookError::invalid_body)
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhooks").finish_non_exhaustive()
    }
}

pub(crate) fn unusable_secret(what: impl Into<String>) -> Error {
    Error::configuration(what).advice(
        "Give the value of the header that was set for the webhook in 100ms's dashboard: visible ASCII characters, with \
         spaces only between them, at most 4,096.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhooks::WebhookErrorKind;
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
