//! Management and peer tokens: JWTs, signed with HS256 and the app's secret.

use chrono::{DateTime, TimeDelta, Utc};
use jwt_compact::alg::{Hs256, Hs256Key};
use jwt_compact::{AlgorithmExt, Claims, Header, ParseError, UntrustedToken, ValidationError};
use serde::{Deserialize, Serialize};

/// How far `iat` and `nbf` are backdated, as in 100ms's SDK, so that a server whose clock is behind accepts the token.
const BACKDATE_BY: TimeDelta = TimeDelta::seconds(10);

/// The claims of both kinds of token. A claim with the wrong JSON type makes the token invalid.
#[derive(Debug, Default, Serialize, Deserialize)]
struct AppClaims {
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
}

/// What a peer token says about its peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerToken {
    pub room_id: String,
    pub role: String,
    pub user_id: String,
}

/// Why a token is invalid. The text names the check that failed and contains nothing of the token or the secret.
pub type VerifyError = &'static str;

/// The app's access key and secret.
pub struct AppKeys {
    access_key: String,
    key: Hs256Key,
}

impl AppKeys {
    pub fn new(access_key: String, secret: &str) -> Self {
        Self { access_key, key: Hs256Key::new(secret) }
    }

    /// Keys with a random secret.
    pub fn random(access_key: &str) -> Self {
        let random = || uuid::Uuid::new_v4().simple();
        Self::new(access_key.to_owned(), &format!("{}{}", random(), random()))
    }

    pub fn sign_management(&self, ttl: TimeDelta) -> Result<String, String> {
        self.sign("management", None, ttl)
    }

    pub fn sign_peer(&self, peer: &PeerToken, ttl: TimeDelta) -> Result<String, String> {
        self.sign("app", Some(peer), ttl)
    }

    fn sign(&self, kind: &str, peer: Option<&PeerToken>, ttl: TimeDelta) -> Result<String, String> {
        let now = Utc::now();
        let mut claims = Claims::new(AppClaims {
            access_key: Some(self.access_key.clone()),
            kind: Some(kind.to_owned()),
            version: Some(2),
            jti: Some(uuid::Uuid::new_v4().to_string()),
            room_id: peer.map(|peer| peer.room_id.clone()),
            role: peer.map(|peer| peer.role.clone()),
            user_id: peer.map(|peer| peer.user_id.clone()),
        });
        claims.issued_at = Some(now - BACKDATE_BY);
        claims.not_before = Some(now - BACKDATE_BY);
        claims.expiration = now.checked_add_signed(ttl);
        if claims.expiration.is_none() {
            return Err("the lifetime is too long: the expiry date cannot be represented".to_owned());
        }
        let header = Header::empty().with_token_type("JWT");
        Hs256.token(&header, &claims, &self.key).map_err(|error| error.to_string())
    }

    pub fn verify_management(&self, token: &str) -> Result<(), VerifyError> {
        let claims = self.verify(token)?;
        match claims.kind.as_deref() {
            Some("management") => Ok(()),
            _ => Err("type is not management"),
        }
    }

    pub fn verify_peer(&self, token: &str) -> Result<PeerToken, VerifyError> {
        let claims = self.verify(token)?;
        if claims.kind.as_deref() != Some("app") {
            return Err("type is not app");
        }
        let given = |claim: Option<String>| claim.filter(|value| !value.is_empty());
        Ok(PeerToken {
            room_id: given(claims.room_id).ok_or("room_id is missing")?,
            role: given(claims.role).ok_or("role is missing")?,
            user_id: given(claims.user_id).ok_or("user_id is missing")?,
        })
    }

    /// The checks that both kinds of token have in common.
    fn verify(&self, token: &str) -> Result<AppClaims, VerifyError> {
        let untrusted = UntrustedToken::new(token).map_err(|error| match error {
            ParseError::MalformedHeader(_) => "the header cannot be read",
            ParseError::UnsupportedContentType(_) => "the content type is not supported",
            _ => "not a token",
        })?;
        let token =
            Hs256.validator::<AppClaims>(&self.key).validate(&untrusted).map_err(|error| match error {
                ValidationError::AlgorithmMismatch { .. } => "the algorithm is not HS256",
                ValidationError::MalformedClaims(_) => "the claims cannot be read",
                _ => "the signature does not match",
            })?;
        let claims = token.claims();
        check_times(claims, Utc::now())?;
        if claims.custom.access_key.as_deref() != Some(self.access_key.as_str()) {
            return Err("the access key is not known");
        }
        if claims.custom.version != Some(2) {
            return Err("version is not 2");
        }
        Ok(token.into_parts().1.custom)
    }
}

/// Checks without leeway: issuers backdate their tokens instead.
fn check_times(claims: &Claims<AppClaims>, now: DateTime<Utc>) -> Result<(), VerifyError> {
    match claims.expiration {
        None => return Err("exp is missing"),
        Some(end) if end <= now => return Err("the token has expired"),
        Some(_) => {}
    }
    if claims.not_before.is_some_and(|start| start > now) {
        return Err("the token is not valid yet");
    }
    if claims.issued_at.is_some_and(|issued| issued > now) {
        return Err("the token was issued in the future");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: TimeDelta = TimeDelta::hours(1);

    fn keys() -> AppKeys {
        AppKeys::new("key".to_owned(), "secret")
    }

    fn alice() -> PeerToken {
        PeerToken { room_id: "room".to_owned(), role: "host".to_owned(), user_id: "alice".to_owned() }
    }

    #[test]
    fn signed_tokens_are_accepted() {
        let keys = keys();
        let token = keys.sign_management(HOUR).unwrap();
        assert_eq!(keys.verify_management(&token), Ok(()));
        let token = keys.sign_peer(&alice(), HOUR).unwrap();
        assert_eq!(keys.verify_peer(&token), Ok(alice()));
    }

    #[test]
    fn one_kind_of_token_is_not_accepted_as_the_other() {
        let keys = keys();
        let peer = keys.sign_peer(&alice(), HOUR).unwrap();
        assert_eq!(keys.verify_management(&peer), Err("type is not management"));
        let management = keys.sign_management(HOUR).unwrap();
        assert_eq!(keys.verify_peer(&management), Err("type is not app"));
    }

    #[test]
    fn another_secret_or_access_key_is_rejected() {
        let token = keys().sign_management(HOUR).unwrap();
        let other = AppKeys::new("key".to_owned(), "other");
        assert_eq!(other.verify_management(&token), Err("the signature does not match"));
        let other = AppKeys::new("other".to_owned(), "secret");
        assert_eq!(other.verify_management(&token), Err("the access key is not known"));
    }

    #[test]
    fn times_are_checked_exactly() {
        let now = Utc::now();
        let second = TimeDelta::seconds(1);
        let mut claims = Claims::new(AppClaims::default());
        assert_eq!(check_times(&claims, now), Err("exp is missing"));
        claims.expiration = Some(now);
        assert_eq!(check_times(&claims, now), Err("the token has expired"));
        claims.expiration = Some(now + second);
        claims.not_before = Some(now);
        claims.issued_at = Some(now);
        assert_eq!(check_times(&claims, now), Ok(()));
        claims.issued_at = Some(now + second);
        assert_eq!(check_times(&claims, now), Err("the token was issued in the future"));
        claims.not_before = Some(now + second);
        assert_eq!(check_times(&claims, now), Err("the token is not valid yet"));
    }
}
