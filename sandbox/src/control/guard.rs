//! Access control: programs on this machine, and no web site in a browser on it.
//!
//! - **The client's address** must be a loopback address, unless the control API was opened to other machines.
//! - **Host** must be an IP address, `localhost`, or the host in `--listen`, against DNS rebinding. If it was opened to
//!   other machines, a name without a dot is allowed as well.
//! - **Origin** must be missing, and **Sec-Fetch-Site**, if given, be `none`: browsers set them in what web sites
//!   request, programs do not. The sandbox's own page has requests of its own.

use super::{Access, ControlError};
use crate::http::ClientConnection;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use std::net::IpAddr;
use std::sync::Arc;

/// Middleware that allows only programs that may use the control API.
pub async fn allow_programs(
    State(access): State<Arc<Access>>,
    ConnectInfo(connection): ConnectInfo<ClientConnection>,
    request: Request,
    next: Next,
) -> Result<Response, ControlError> {
    check(&access, connection.client.ip(), request.headers())?;
    Ok(next.run(request).await)
}

fn check(access: &Access, client: IpAddr, headers: &HeaderMap) -> Result<(), ControlError> {
    if !access.remote && !client.to_canonical().is_loopback() {
        return Err(forbidden(
            "client",
            "only programs on the sandbox's own machine may use it; --allow-remote-control allows others",
        ));
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    if !host.is_some_and(|host| access.allows_host(host)) {
        return Err(forbidden(
            "Host",
            "it is not served under this name: use the address the sandbox printed",
        ));
    }
    let site = headers.get("sec-fetch-site");
    if headers.contains_key(header::ORIGIN) || site.is_some_and(|site| site != "none") {
        return Err(forbidden("Origin", "web sites may not use it, only programs"));
    }
    Ok(())
}

fn forbidden(field: &str, why: &str) -> ControlError {
    ControlError::new(StatusCode::FORBIDDEN, field, format!("the control API refuses this request: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn allowed(remote: bool, client: &str, headers: &[(&'static str, &'static str)]) -> bool {
        let headers =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
        let access = Access::new("127.0.0.1:0", remote);
        check(&access, client.parse().unwrap(), &headers.collect()).is_ok()
    }

    #[test]
    fn only_this_machine_unless_opened() {
        let host = [("host", "127.0.0.1:8100")];
        for client in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!(allowed(false, client, &host), "{client}");
        }
        for client in ["192.168.1.7", "10.0.0.1", "2001:db8::1", "::ffff:10.0.0.1"] {
            assert!(!allowed(false, client, &host), "{client}");
            assert!(allowed(true, client, &host), "{client}");
        }
    }

    #[test]
    fn no_web_site_may_use_it() {
        assert!(!allowed(false, "127.0.0.1", &[]));
        assert!(!allowed(false, "127.0.0.1", &[("host", "evil.example")]));
        assert!(!allowed(false, "127.0.0.1", &[("host", "sandbox:8100")]));
        assert!(allowed(true, "10.0.0.1", &[("host", "sandbox:8100")]));
        assert!(!allowed(true, "10.0.0.1", &[("host", "evil.example")]));
        let own = ("host", "127.0.0.1:8100");
        assert!(allowed(false, "127.0.0.1", &[own, ("sec-fetch-site", "none")]));
        for header in [
            ("origin", "http://127.0.0.1:8100"),
            ("origin", "null"),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "cross-site"),
        ] {
            assert!(!allowed(false, "127.0.0.1", &[own, header]), "{header:?}");
            assert!(!allowed(true, "10.0.0.1", &[own, header]), "{header:?}");
        }
    }
}
