//! Management tokens: a JWT with HS256 (100ms documentation, "Authentication and tokens").
//!
//! Written here rather than with a JWT library: it takes one fixed header, one set of claims and an HMAC of ring, which
//! rustls brings already, while the libraries add RSA and elliptic curves, or a process-wide default that a library must
//! not set. The sandbox verifies these tokens with such a library.

use std::sync::{Arc, Mutex, RwLock, TryLockError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use serde::Serialize;
use ureq_proto::http::HeaderValue;

use crate::error::{Error, ErrorKind, Outcome};

use super::credentials::Credentials;

/// How long a token is valid; 100ms's samples use 24 h.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// Backdates a token, so that a server whose clock is a little behind accepts it.
const BACKDATE: Duration = Duration::from_secs(10);
/// A token is renewed this long before it expires.
const RENEW_BEFORE: Duration = Duration::from_secs(60 * 60);

#[derive(Serialize)]
struct Claims<'a> {
    access_key: &'a str,
    r#type: &'a str,
    version: u8,
    jti: String,
    iat: u64,
    nbf: u64,
    exp: u64,
}

/// A token. Its text must never be shown.
pub(crate) struct Token {
    pub(crate) text: String,
    /// The value of the `Authorization` header.
    pub(crate) authorization: HeaderValue,
    /// When it is used: before, the clock was set back; after, it is to be renewed.
    used: std::ops::Range<SystemTime>,
}

impl Token {
    fn new(text: String, used: std::ops::Range<SystemTime>) -> Self {
        let authorization = HeaderValue::try_from(format!("Bearer {text}"));
        let mut authorization = authorization.expect("a token is made of visible ASCII");
        authorization.set_sensitive(true);
        Token { text, authorization, used }
    }
}

/// The current token, renewed when it is due.
pub(crate) struct Tokens {
    credentials: Credentials,
    current: RwLock<Option<Arc<Token>>>,
    minting: Mutex<()>,
}

impl Tokens {
    pub(crate) fn new(credentials: Credentials) -> Self {
        Tokens { credentials, current: RwLock::new(None), minting: Mutex::new(()) }
    }

    /// The token to use now. Near its expiry one thread renews it, while the others keep using the old one.
    pub(crate) fn current(&self) -> Result<Arc<Token>, Error> {
        let now = SystemTime::now();
        let current = self.read();
        match current {
            Some(token) if token.used.contains(&now) => Ok(token),
            Some(old) => match self.minting.try_lock() {
                Err(TryLockError::WouldBlock) => Ok(old),
                // A poisoned lock guards no data that could be inconsistent.
                Ok(_) | Err(TryLockError::Poisoned(_)) => self.replace(Some(&old), now),
            },
            None => {
                let _minting = self.minting.lock().unwrap_or_else(|e| e.into_inner());
                self.replace(None, now)
            }
        }
    }

    /// A fresh token after the server refused `refused`; none if the token was given, and cannot be renewed.
    pub(crate) fn fresh(&self, refused: &Arc<Token>) -> Result<Option<Arc<Token>>, Error> {
        if matches!(self.credentials, Credentials::Token(_)) {
            return Ok(None);
        }
        let _minting = self.minting.lock().unwrap_or_else(|e| e.into_inner());
        self.replace(Some(refused), SystemTime::now()).map(Some)
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    fn read(&self) -> Option<Arc<Token>> {
        self.current.read().unwrap_or_else(|e| e.into_inner()).clone()
    }

    /// Signs a new token, unless another thread already replaced `old`.
    fn replace(&self, old: Option<&Arc<Token>>, now: SystemTime) -> Result<Arc<Token>, Error> {
        if let Some(token) = self.read()
            && old.is_none_or(|old| !Arc::ptr_eq(old, &token))
        {
            return Ok(token);
        }
        let token = Arc::new(match &self.credentials {
            Credentials::Token(text) => {
                // Given: used for as long as the client lives.
                Token::new(text.clone(), UNIX_EPOCH..now + Duration::from_secs(u32::MAX.into()))
            }
            Credentials::Key { access_key, secret } => mint(access_key, secret, now)?,
        });
        *self.current.write().unwrap_or_else(|e| e.into_inner()) = Some(token.clone());
        Ok(token)
    }
}

fn mint(access_key: &str, secret: &str, now: SystemTime) -> Result<Token, Error> {
    let issued = now - BACKDATE;
    let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let claims = Claims {
        access_key,
        r#type: "management",
        version: 2,
        jti: uuid4()?,
        iat: seconds(issued),
        nbf: seconds(issued),
        exp: seconds(issued + LIFETIME),
    };
    let claims = serde_json::to_vec(&claims).expect("claims always serialise");
    let mut text = URL_SAFE_NO_PAD.encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(claims, &mut text);
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), text.as_bytes());
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut text);
    Ok(Token::new(text, issued..issued + LIFETIME - RENEW_BEFORE))
}

/// A random UUID, version 4.
fn uuid4() -> Result<String, Error> {
    let mut bytes = [0_u8; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Error::new(ErrorKind::Internal, Outcome::NotSent, "the system gave no random bytes"))?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = |range: std::ops::Range<usize>| -> String {
        bytes[range].iter().map(|b| format!("{b:02x}")).collect()
    };
    Ok([hex(0..4), hex(4..6), hex(6..8), hex(8..10), hex(10..16)].join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> Tokens {
        Tokens::new(Credentials::Key { access_key: "key".into(), secret: "secret".into() })
    }

    fn claims(token: &Token) -> serde_json::Value {
        let payload = token.text.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
    }

    #[test]
    fn claims_are_the_documented_ones() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
        let claims = claims(&mint("key", "secret", now).unwrap());
        assert_eq!(claims["access_key"], "key");
        assert_eq!(claims["type"], "management");
        assert_eq!(claims["version"], 2);
        assert_eq!(claims["iat"], 999_990);
        assert_eq!(claims["nbf"], 999_990);
        assert_eq!(claims["exp"], 999_990 + 86_400);
        let jti = claims["jti"].as_str().unwrap();
        assert_eq!((jti.len(), &jti[14..15]), (36, "4"), "{jti}");
    }

    #[test]
    fn one_token_serves_until_it_is_refused() {
        let tokens = tokens();
        let first = tokens.current().unwrap();
        assert!(Arc::ptr_eq(&first, &tokens.current().unwrap()));
        let second = tokens.fresh(&first).unwrap().unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
        // A second thread that was refused with the first token takes the second, and mints no third.
        assert!(Arc::ptr_eq(&second, &tokens.fresh(&first).unwrap().unwrap()));
    }

    #[test]
    fn near_its_end_one_thread_renews_and_the_others_go_on() {
        let tokens = tokens();
        let old = Arc::new(Token::new("old".into(), UNIX_EPOCH..UNIX_EPOCH));
        *tokens.current.write().unwrap() = Some(old.clone());
        let renewing = tokens.minting.lock().unwrap();
        assert!(Arc::ptr_eq(&old, &tokens.current().unwrap()));
        drop(renewing);
        assert_ne!(tokens.current().unwrap().text, "old");
    }

    #[test]
    fn a_given_token_is_never_made_anew() {
        let tokens = Tokens::new(Credentials::Token("given".into()));
        let token = tokens.current().unwrap();
        assert_eq!(token.text, "given");
        assert!(tokens.fresh(&token).unwrap().is_none());
    }
}
