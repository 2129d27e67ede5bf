//! Who may call the server API.

use super::Refused;
use crate::app::App;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use std::convert::Infallible;

/// The token of the Authorization header, or why there is none.
pub struct Bearer(pub Result<String, &'static str>);

impl<S: Sync> FromRequestParts<S> for Bearer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let Some(value) = parts.headers.get(header::AUTHORIZATION) else {
            return Ok(Self(Err("the Authorization header is missing")));
        };
        let token = value.to_str().ok().and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(token)
        });
        Ok(Self(
            token
                .map(|token| token.trim().to_owned())
                .ok_or("the Authorization header is not a Bearer token"),
        ))
    }
}

/// A caller with a valid management token.
pub struct Management;

impl FromRequestParts<App> for Management {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let Ok(bearer) = Bearer::from_request_parts(parts, app).await;
        bearer
            .0
            .and_then(|token| app.keys.verify_management(&token))
            .map(|()| Self)
            .map_err(|why| Refused::new(StatusCode::UNAUTHORIZED, "Token validation error", why))
    }
}
