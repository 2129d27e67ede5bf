//! The caller's credentials: an access key with its secret, or a management token made elsewhere.

use std::fmt;

use crate::api::is_blank;
use crate::error::Error;

/// The longest management token, in bytes: it has to fit into one header.
const MAX_TOKEN: usize = 4096;
/// The longest access key, in bytes: it has to fit into a token that does, however much of it JSON escapes.
const MAX_ACCESS_KEY: usize = 512;

/// What signs management tokens, or a token that was made elsewhere.
#[derive(Clone)]
pub(crate) enum Credentials {
    Key { access_key: String, secret: String },
    Token(String),
}

/// Credentials as they were given or found, each possibly missing.
#[derive(Clone, Default)]
pub(crate) struct GivenCredentials {
    pub(crate) access_key: Option<String>,
    pub(crate) secret: Option<String>,
    pub(crate) management_token: Option<String>,
}

impl GivenCredentials {
    /// These, or else a token.
    pub(crate) fn or_token(mut self, token: &str) -> Self {
        if self.is_empty() {
            self.management_token = Some(token.to_owned());
        }
        self
    }

    fn is_empty(&self) -> bool {
        self.access_key.is_none() && self.secret.is_none() && self.management_token.is_none()
    }
}

impl Credentials {
    /// What was given, else `HMS_ACCESS_KEY` with `HMS_SECRET`, else `HMS_MANAGEMENT_TOKEN`. What was given is never
    /// completed from the environment: that could mix two accounts.
    ///
    /// `names` are those of the three options, as the caller's language spells them.
    pub(crate) fn resolve(
        given: GivenCredentials,
        names: [&str; 3],
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        if !given.is_empty() {
            return Credentials::check(given, names);
        }
        let access_key = env("HMS_ACCESS_KEY");
        let secret = env("HMS_SECRET");
        let management_token = match (&access_key, &secret) {
            (None, None) => env("HMS_MANAGEMENT_TOKEN"),
            _ => None,
        };
        let found = GivenCredentials { access_key, secret, management_token };
        Credentials::check(found, ["HMS_ACCESS_KEY", "HMS_SECRET", "HMS_MANAGEMENT_TOKEN"])
    }

    fn check(given: GivenCredentials, [key, secret, token]: [&str; 3]) -> Result<Self, Error> {
        match (given.access_key, given.secret, given.management_token) {
            (Some(access_key), Some(secret_value), None) => {
                usable(key, &access_key)?;
                usable(secret, &secret_value)?;
                if access_key.len() > MAX_ACCESS_KEY {
                    return Err(Error::configuration(format!("{key} is not an access key"))
                        .advice("An access key has at most 512 bytes."));
                }
                Ok(Credentials::Key { access_key, secret: secret_value })
            }
            (None, None, Some(management_token)) => {
                usable(token, &management_token)?;
                let visible = management_token.bytes().all(|b| b.is_ascii_graphic());
                if !visible || management_token.len() > MAX_TOKEN {
                    let what = format!("{token} is not a token");
                    return Err(Error::configuration(what)
                        .advice("A token has at most 4,096 visible ASCII characters, without white space."));
                }
                Ok(Credentials::Token(management_token))
            }
            (Some(_), None, None) => Err(missing(secret, key)),
            (None, Some(_), None) => Err(missing(key, secret)),
            (None, None, None) => Err(Error::configuration("no credentials").advice(
                "Give an access key with its secret, or a management token, or set HMS_ACCESS_KEY and HMS_SECRET, \
                 or HMS_MANAGEMENT_TOKEN.",
            )),
            (_, _, Some(_)) => {
                Err(Error::configuration(format!("{token} was given together with {key} or {secret}"))
                    .advice("Give one or the other."))
            }
        }
    }

    /// The text that must never be shown.
    pub(crate) fn secret(&self) -> &str {
        match self {
            Credentials::Key { secret, .. } => secret,
            Credentials::Token(token) => token,
        }
    }
}

fn usable(name: &str, value: &str) -> Result<(), Error> {
    if is_blank(value) {
        return Err(Error::configuration(format!("{name} is blank")).advice("Give its value, or omit it."));
    }
    Ok(())
}

fn missing(name: &str, beside: &str) -> Error {
    Error::configuration(format!("{beside} was given without {name}")).advice("Give both.")
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Credentials::Key { .. } => "access_key + secret",
            Credentials::Token(_) => "management_token",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(given: [Option<&str>; 3], env: [Option<&str>; 3]) -> Result<String, String> {
        let [access_key, secret, management_token] = given.map(|v| v.map(str::to_owned));
        let names = ["HMS_ACCESS_KEY", "HMS_SECRET", "HMS_MANAGEMENT_TOKEN"];
        let env = |name: &str| env[names.iter().position(|n| *n == name).unwrap()].map(str::to_owned);
        Credentials::resolve(
            GivenCredentials { access_key, secret, management_token },
            ["access_key", "secret", "management_token"],
            env,
        )
        .map(|c| c.secret().to_owned())
        .map_err(|e| e.to_string())
    }

    #[test]
    fn given_wins_then_the_key_pair_then_the_token() {
        let env = [Some("k"), Some("env secret"), Some("env-token")];
        assert_eq!(resolve([None, None, Some("token")], env).unwrap(), "token");
        assert_eq!(resolve([Some("k"), Some("secret"), None], env).unwrap(), "secret");
        assert_eq!(resolve([None; 3], env).unwrap(), "env secret");
        assert_eq!(resolve([None; 3], [None, None, Some("env-token")]).unwrap(), "env-token");
    }

    const TOO_LONG: &str = match std::str::from_utf8(&[b'k'; MAX_ACCESS_KEY + 1]) {
        Ok(text) => text,
        Err(_) => unreachable!(),
    };

    #[test]
    fn mixtures_and_gaps_are_refused_by_name() {
        let none = [None; 3];
        let cases = [
            ([None; 3], none, "no credentials"),
            ([Some("k"), None, None], [None, Some("s"), None], "access_key was given without secret"),
            ([None, Some("s"), None], none, "secret was given without access_key"),
            ([Some("k"), Some("s"), Some("t")], none, "management_token was given together"),
            ([None; 3], [Some("k"), None, Some("t")], "HMS_ACCESS_KEY was given without HMS_SECRET"),
            ([Some(" "), Some("s"), None], none, "access_key is blank"),
            ([Some(TOO_LONG), Some("s"), None], none, "access_key is not an access key"),
            ([None; 3], [Some(TOO_LONG), Some("s"), None], "HMS_ACCESS_KEY is not an access key"),
            ([None, None, Some("a b")], none, "management_token is not a token"),
            ([None, None, Some("a\r\nX: y")], none, "management_token is not a token"),
        ];
        for (given, env, text) in cases {
            let error = resolve(given, env).unwrap_err();
            assert!(error.contains(text), "{error}");
        }
    }
}
