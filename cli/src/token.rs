//! `roomcast token`: tokens signed with the app's access key and secret.

use chrono::{TimeDelta, Utc};
use jwt_compact::alg::{Hs256, Hs256Key};
use jwt_compact::{AlgorithmExt, Claims, Header};
use serde::Serialize;
use serde_json::json;

use crate::args::{Global, TokenCommand};
use crate::environment::Environment;
use crate::outcome::{Exit, Failure};
use crate::output::Output;

/// As the core's tokens: a server whose clock is a little behind accepts them.
const BACKDATE: TimeDelta = TimeDelta::seconds(10);

#[derive(Serialize)]
struct AppClaims<'a> {
    access_key: &'a str,
    r#type: &'a str,
    version: u8,
    jti: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
}

pub fn run(global: &Global, command: &TokenCommand, output: &mut Output) -> Result<Exit, Failure> {
    let environment = Environment::load(global)?;
    let variable = |name: &str| {
        environment.given(name).ok_or_else(|| {
            Failure::Local(format!(
                "{name} is not set: a token is signed with HMS_ACCESS_KEY and HMS_SECRET. Set both, or name a file \
                 with them by --env-file."
            ))
        })
    };
    let (access_key, secret) = (variable("HMS_ACCESS_KEY")?, variable("HMS_SECRET")?);
    let (lifetime, claims) = match command {
        TokenCommand::Management { lifetime } => (lifetime, claims(&access_key, "management")),
        TokenCommand::Peer { room_id, user, role, lifetime } => {
            for (name, value) in [("ROOM", room_id), ("--user", user), ("--role", role)] {
                if value.trim().is_empty() {
                    return Err(Failure::Usage(format!("{name} is blank")));
                }
            }
            let peer = AppClaims {
                room_id: Some(room_id),
                user_id: Some(user),
                role: Some(role),
                ..claims(&access_key, "app")
            };
            (lifetime, peer)
        }
    };
    let now = Utc::now();
    let mut claims = Claims::new(claims);
    claims.issued_at = Some(now - BACKDATE);
    claims.not_before = Some(now - BACKDATE);
    let expires = now + TimeDelta::seconds(lifetime.valid_for.into());
    claims.expiration = Some(expires);
    let header = Header::empty().with_token_type("JWT");
    let token = Hs256
        .token(&header, &claims, &Hs256Key::new(&secret))
        .map_err(|error| Failure::Local(format!("the token cannot be signed: {error}")))?;
    output.line(match global.json {
        true => json!({"token": token, "expires_at": expires.to_rfc3339()}).to_string(),
        false => token,
    });
    Ok(Exit::Accepted)
}

fn claims<'a>(access_key: &'a str, kind: &'a str) -> AppClaims<'a> {
    let jti = uuid::Uuid::new_v4().to_string();
    AppClaims { access_key, r#type: kind, version: 2, jti, room_id: None, user_id: None, role: None }
}
