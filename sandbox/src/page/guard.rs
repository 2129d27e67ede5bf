//! Who may see the page, and who may use what it can do: our own page alone, and no other web site in the same browser.
//!
//! - **Host** is an IP address, `localhost`, or the name that the sandbox listens at. A site that has its own name
//!   resolve to this machine (DNS rebinding) is another host.
//! - **Sec-Fetch-Site** and **Origin**, which a browser sets and no script can forge, say that the request comes from
//!   a page of the very same origin. Another port of this machine is another origin.
//! - **The page's token**, new in every run, is in the page alone. No CORS header lets another origin read it.
//!
//! Programs that are no browsers send what they like. Whoever can reach the sandbox can therefore read the page, and
//! with its token do what it does; so beyond this machine there is no page unless `--page` is given.

use crate::api::Refused;
use crate::app::App;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use std::net::IpAddr;

/// Where the page's scripts put its token.
const TOKEN: &str = "x-page-token";

/// Lets through what may be shown: to a person who opens it, and to our own page.
pub async fn shown(State(app): State<App>, request: Request, next: Next) -> Result<Response, Refused> {
    let headers = request.headers();
    own_host(&app, headers)?;
    let navigation = text(headers, "sec-fetch-mode") == Some("navigate")
        && text(headers, "sec-fetch-dest") == Some("document");
    if !navigation {
        same_site(headers)?;
    }
    Ok(next.run(request).await)
}

/// Lets through what our own page asks for, and nothing else.
pub async fn from_our_page(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Refused> {
    let headers = request.headers();
    let host = own_host(&app, headers)?;
    same_site(headers)?;
    let ours = format!("{}://{host}", if app.tls { "https" } else { "http" });
    let same_origin = match headers.get(header::ORIGIN) {
        Some(origin) => origin.as_bytes().eq_ignore_ascii_case(ours.as_bytes()),
        // A browser sends none with a GET of its own origin.
        None => request.method() == Method::GET,
    };
    if !same_origin {
        return Err(forbidden("the request comes from another origin than the page's"));
    }
    // An EventSource can send no header.
    let in_query = request.uri().query().and_then(|query| query.strip_prefix("token="));
    if text(headers, TOKEN).or(in_query) != Some(&app.page.token) {
        return Err(forbidden("this is not the token of this run's page: load the page anew"));
    }
    Ok(next.run(request).await)
}

/// On every answer: what the page may load, and who may embed or read it.
pub async fn headers(request: Request, next: Next) -> Response {
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

/// Scripts and styles from files of ours alone, no string ever made into HTML or script, and nobody frames the page.
fn content_security_policy(host: &str) -> String {
    // Not every browser takes 'self' to include WebSockets. An IPv6 address cannot be said here.
    let sayable = is_authority(host) && !host.starts_with('[');
    let sockets = if sayable { format!(" ws://{host} wss://{host}") } else { String::new() };
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'{sockets}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

fn is_authority(host: &str) -> bool {
    !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-.:[]_".contains(c))
}

/// The Host header, if it is one of ours.
fn own_host<'a>(app: &App, headers: &'a HeaderMap) -> Result<&'a str, Refused> {
    text(headers, "host").filter(|host| is_own(host, &app.page.name)).ok_or_else(|| {
        forbidden("the page is not served under this host name: use the address the sandbox printed")
    })
}

fn is_own(host: &str, name: &str) -> bool {
    let Some(authority) = host.parse::<Authority>().ok().filter(|_| is_authority(host)) else {
        return false;
    };
    let bare = |host: &str| host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let asked = bare(authority.host());
    // Nobody can have an address, as against a name, resolve to another machine.
    asked == "localhost" || asked == bare(name) || asked.parse::<IpAddr>().is_ok()
}

/// `none` is a person's own doing. No header: an old browser, plain http beyond this machine, or no browser.
fn same_site(headers: &HeaderMap) -> Result<(), Refused> {
    match headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => Err(forbidden("the request comes from another site than the page's")),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn forbidden(why: &str) -> Refused {
    Refused::new(StatusCode::FORBIDDEN, "Not allowed", why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_our_own_names_are_ours() {
        for host in
            ["127.0.0.1:8100", "127.0.0.1", "localhost:8100", "LOCALHOST", "[::1]:8100", "192.168.1.7:8100"]
        {
            assert!(is_own(host, "127.0.0.1"), "{host}");
        }
        assert!(is_own("devbox:8100", "devbox"));
        assert!(is_own("DevBox.example:8100", "devbox.example"));
    }

    #[test]
    fn every_other_name_is_another_host() {
        for host in [
            "",
            "evil.example",
            "evil.example:8100",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "evil.example@127.0.0.1",
            "127.0.0.1; script-src *",
            "127.0.0.1 evil",
            "devbox.evil",
        ] {
            assert!(!is_own(host, "devbox"), "{host}");
        }
    }
}
