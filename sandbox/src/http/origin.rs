//! Which host names the sandbox is used under, and which web site a request comes from.

use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue};
use std::net::IpAddr;

/// The host part of a HOST:PORT.
pub fn host_of(listen: &str) -> &str {
    listen.rsplit_once(':').map_or(listen, |(host, _)| host)
}

/// Whether a Host header is an IP address, `localhost`, or the host that the sandbox listens on. Any other name may be
/// that of another web site, made to resolve to this machine (DNS rebinding).
pub fn is_own_host(host: &str, listen_host: &str) -> bool {
    let Some(requested) = host_name(host) else {
        return false;
    };
    // Unlike a name, an IP address cannot be made to resolve to another machine.
    requested == "localhost" || requested == bare(listen_host) || requested.parse::<IpAddr>().is_ok()
}

/// Whether a Host header is a name without a dot, such as that of a container. No web site has one.
pub fn is_single_label(host: &str) -> bool {
    host_name(host).is_some_and(|name| !name.is_empty() && !name.contains(['.', ':']))
}

/// The name or the address in a Host header, in lower case and without brackets.
fn host_name(host: &str) -> Option<String> {
    let authority = host.parse::<Authority>().ok().filter(|_| is_authority(host))?;
    Some(bare(authority.host()))
}

fn bare(host: &str) -> String {
    host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase()
}

/// Whether a text has only the characters of a host and a port.
pub fn is_authority(host: &str) -> bool {
    !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-.:[]_".contains(c))
}

/// Whether the request comes from this site or from no site. `none` means that the user opened the URL. The header is
/// missing in old browsers, with plain http on other machines, and in programs other than browsers.
pub fn is_same_site(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    matches!(site, None | Some(b"same-origin" | b"none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_the_listen_host_are_allowed() {
        for host in
            ["127.0.0.1:8100", "127.0.0.1", "localhost:8100", "LOCALHOST", "[::1]:8100", "192.168.1.7:8100"]
        {
            assert!(is_own_host(host, "127.0.0.1"), "{host}");
        }
        assert!(is_own_host("devbox:8100", "devbox"));
        assert!(is_own_host("DevBox.example:8100", "devbox.example"));
    }

    #[test]
    fn other_host_names_are_not_allowed() {
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
            assert!(!is_own_host(host, "devbox"), "{host}");
        }
    }

    #[test]
    fn the_names_of_containers_have_no_dot() {
        assert!(is_single_label("sandbox:8100") && is_single_label("Sandbox"));
        for host in ["", "evil.example", "evil.", "[::1]:8100", "a@b", "a b"] {
            assert!(!is_single_label(host), "{host}");
        }
    }
}
