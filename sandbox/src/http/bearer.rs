//! The `Authorization` header.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use std::convert::Infallible;

/// The Bearer token of a request, or why there is none.
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
