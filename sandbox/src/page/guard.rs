//! Access control: only the sandbox's own page may make the page's requests, and no other web site in the same browser.
//!
//! - **Host** must be an IP address, `localhost`, or the host in `--listen`. This stops DNS rebinding, where another
//!   site's name resolves to this machine.
//! - **Sec-Fetch-Site** and **Origin**, which browsers set and scripts cannot forge, must say that the request comes
//!   from a page of the same origin. Another port of this machine is another origin.
//! - **The page token** is new in every run, and only in the page. No CORS header allows another origin to read it.
//!
//! Programs other than browsers can send any header. So anyone who can reach the sandbox can read the page, and make
//! its requests with the token in it. For this reason, a non-loopback address has no page unless `--page` is given.

use super::state::{Page, PageState};
use crate::http::{ApiError, origin};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

/// The header with the page token.
const TOKEN_HEADER: &str = "x-page-token";

/// Middleware that allows a user to open the page, and the page to load its files.
pub async fn allow_viewing(
    State(state): State<PageState>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let headers = request.headers();
    check_host(&state.page, headers)?;
    let navigation = text(headers, "sec-fetch-mode") == Some("navigate")
        && text(headers, "sec-fetch-dest") == Some("document");
    if !navigation {
        check_site(headers)?;
    }
    Ok(next.run(request).await)
}

/// Middleware that allows only requests from this run's page.
pub async fn allow_own_page(
    State(state): State<PageState>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let headers = request.headers();
    let host = check_host(&state.page, headers)?;
    check_site(headers)?;
    let own = format!("{}://{host}", if state.app.tls { "https" } else { "http" });
    let same_origin = match headers.get(header::ORIGIN) {
        Some(origin) => origin.as_bytes().eq_ignore_ascii_case(own.as_bytes()),
        // Browsers omit it in a GET to the same origin.
        None => request.method() == Method::GET,
    };
    if !same_origin {
        return Err(forbidden("the request comes from another origin than the page's"));
    }
    // An EventSource cannot send headers of its own.
    let in_query = request.uri().query().and_then(|query| query.strip_prefix("token="));
    if text(headers, TOKEN_HEADER).or(in_query) != Some(&state.page.token) {
        return Err(forbidden("this is not the token of this run's page: reload the page"));
    }
    Ok(next.run(request).await)
}

/// Middleware that adds headers to every response: what the page may load, and who may embed or read it.
pub async fn security_headers(request: Request, next: Next) -> Response {
    let host = text(request.headers(), "host").unwrap_or_default().to_owned();
    let mut response = next.run(request).await;
    let policy = content_security_policy(&host);
    let fixed = [
        ("content-security-policy", policy.as_str()),
        ("cache-control", "no-store"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ];
    for (name, value) in fixed {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// Allows scripts and styles only from the sandbox's own files, no HTML or script from strings, and no framing.
fn content_security_policy(host: &str) -> String {
    // Not every browser counts WebSockets as 'self'. The policy's grammar has no IPv6 addresses.
    let expressible = origin::is_authority(host) && !host.starts_with('[');
    let sockets = if expressible { format!(" ws://{host} wss://{host}") } else { String::new() };
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'{sockets}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

/// Returns the Host header, if the page is served under it.
fn check_host<'a>(page: &Page, headers: &'a HeaderMap) -> Result<&'a str, ApiError> {
    text(headers, "host").filter(|host| origin::is_own_host(host, &page.listen_host)).ok_or_else(|| {
        forbidden("the page is not served under this host name: use the address the sandbox printed")
    })
}

fn check_site(headers: &HeaderMap) -> Result<(), ApiError> {
    if origin::is_same_site(headers) {
        Ok(())
    } else {
        Err(forbidden("the request comes from another site than the page's"))
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn forbidden(detail: &str) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "Not allowed", detail)
}
