//! The base URL: where requests go, and that plain http goes to loopback only, or to a host that is named for it.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use ureq_proto::http::uri::{Authority, Parts, PathAndQuery, Scheme};
use ureq_proto::http::{HeaderValue, Uri};

use crate::error::Error;

/// The API's address, as 100ms documents it.
pub const DEFAULT_BASE_URL: &str = "https://api.100ms.live/v2";

/// The longest base URL, in bytes.
const MAX_LEN: usize = 1024;

/// A valid base URL: https, or http to loopback or to a host that is named for it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    /// Without a slash at its end.
    text: String,
    scheme: Scheme,
    authority: Authority,
    /// Without a slash at its end.
    path: String,
    host_header: HeaderValue,
    host: String,
    port: u16,
    tls: bool,
}

impl BaseUrl {
    /// As `parse_allowing`, without such a host.
    #[cfg(test)]
    pub(crate) fn parse(source: &str, text: &str) -> Result<Self, Error> {
        BaseUrl::parse_allowing(&HttpHost::default(), source, text)
    }

    /// Checks a base URL, whose host may be the one that is named for plain http. `source` says where the URL came from.
    pub(crate) fn parse_allowing(allowed: &HttpHost, source: &str, text: &str) -> Result<Self, Error> {
        let bad = |what: &str| {
            Error::configuration(format!("{source} {what}"))
                .advice("Give a URL such as https://api.100ms.live/v2; plain http only for this machine.")
        };
        if text.len() > MAX_LEN {
            return Err(bad("is too long"));
        }
        // `Uri` would drop a fragment silently.
        if text.contains('#') {
            return Err(bad("has a fragment"));
        }
        let uri: Uri = text.parse().map_err(|_| bad("is not a URL"))?;
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(bad("starts neither with https:// nor with http://")),
        };
        let authority = uri.authority().ok_or_else(|| bad("has no host"))?;
        if authority.as_str().contains('@') {
            return Err(bad("has a user name or password in it"));
        }
        if uri.query().is_some() {
            return Err(bad("has a query"));
        }
        let host = host_name(authority.host()).ok_or_else(|| bad("is not a URL"))?;
        if host.is_empty() {
            return Err(bad("has no host"));
        }
        let default_port = if tls { 443 } else { 80 };
        // `Uri` takes a port such as 99999 and then calls it absent.
        let port = match authority.as_str().strip_prefix(authority.host()) {
            Some("") => default_port,
            Some(port) => match port.strip_prefix(':').and_then(|digits| digits.parse().ok()) {
                Some(port @ 1..) => port,
                _ => return Err(bad("has a port that is not 1 to 65535")),
            },
            None => return Err(bad("is not a URL")),
        };
        if !tls && !is_loopback(&host) && !allowed.is(&host) {
            let what = format!(
                "{source} is plain http to another machine, which would show the token to everyone between, and {} does \
                 not name its host",
                allowed.option
            );
            let advice = "Give an https URL. Name the host only if it is a sandbox in a network of your own.";
            return Err(Error::configuration(what).advice(advice));
        }
        let path = uri.path().trim_end_matches('/').to_owned();
        let scheme = if tls { Scheme::HTTPS } else { Scheme::HTTP };
        let authority = authority.clone();
        let text = format!("{scheme}://{authority}{path}");
        let host_and_port = if port == default_port { authority.host() } else { authority.as_str() };
        let host_header = HeaderValue::from_str(host_and_port).map_err(|_| bad("is not a URL"))?;
        Ok(BaseUrl { text, scheme, authority, path, host_header, host, port, tls })
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.tls
    }

    /// Whether it names this machine, which is reached through no proxy.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }

    /// Whether it is certainly no server of 100ms: this machine, or the host that is named for plain http.
    pub(crate) fn is_sandbox(&self, allowed: &HttpHost) -> bool {
        self.is_loopback() || allowed.is(&self.host)
    }

    /// The URL of a path below this one.
    pub(crate) fn join(&self, path: &str) -> Uri {
        let path = [&self.path, path].concat();
        let path = PathAndQuery::try_from(path).expect("a valid base and an encoded path make a path");
        let mut parts = Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path);
        Uri::from_parts(parts).expect("a URI has these three parts")
    }

    /// The value of the header `Host`: without a port that the scheme implies.
    pub(crate) fn host_header(&self) -> &HeaderValue {
        &self.host_header
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The one host besides this machine that plain http may go to, if it is named.
#[derive(Default)]
pub(crate) struct HttpHost {
    /// What the option is called.
    option: String,
    name: Option<String>,
}

impl HttpHost {
    /// Checks the name. `source` says where it came from, and `option` what the option is called.
    pub(crate) fn parse(source: &str, option: &str, text: Option<&str>) -> Result<Self, Error> {
        let read = |text: &str| {
            let is_ipv6 = text.parse::<Ipv6Addr>().is_ok();
            let url = if is_ipv6 { format!("http://[{text}]") } else { format!("http://{text}") };
            let uri: Option<Uri> = url.parse().ok().filter(|_| text.len() <= MAX_LEN && !text.contains('#'));
            let authority =
                uri.as_ref().filter(|uri| uri.path() == "/" && uri.query().is_none())?.authority()?;
            // Neither a user nor a port, and it was not followed by a slash.
            let is_host = authority.as_str() == authority.host() && !text.ends_with('/');
            host_name(authority.host()).filter(|host| is_host && !host.is_empty())
        };
        let name = match text.map(read) {
            Some(None) => {
                let error = Error::configuration(format!("{source} is not the name of a host"));
                return Err(error.advice("Give it without a scheme, a port and a path, such as sandbox."));
            }
            name => name.flatten(),
        };
        Ok(HttpHost { option: option.to_owned(), name })
    }

    fn is(&self, host: &str) -> bool {
        let Some(name) = self.name.as_deref() else { return false };
        // There are several ways to write an address.
        let address = |text: &str| text.parse::<IpAddr>().ok();
        name == host || address(name).is_some_and(|name| address(host) == Some(name))
    }
}

/// The host of a URL, without the brackets of an IPv6 address. `Uri` accepts other text in brackets too.
pub(crate) fn host_name(host: &str) -> Option<String> {
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').filter(|ip| ip.parse::<Ipv6Addr>().is_ok()),
        None => Some(host).filter(|host| !host.contains(['[', ']', ':'])),
    };
    host.map(str::to_ascii_lowercase)
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Result<HttpHost, Error> {
        HttpHost::parse("insecure_http_host", "insecure_http_host", Some(name))
    }

    #[test]
    fn plain_http_to_the_host_that_is_named() {
        for (name, url) in [
            ("sandbox", "http://sandbox:8100/v2"),
            ("Sandbox", "http://SANDBOX"),
            ("10.0.0.1", "http://10.0.0.1:8100"),
            ("fd00::1", "http://[fd00::1]:8100"),
            ("[fd00::1]", "http://[fd00:0::1]:8100"),
        ] {
            let allowed = named(name).unwrap();
            let parsed = BaseUrl::parse_allowing(&allowed, "base_url", url).unwrap();
            assert!(parsed.is_sandbox(&allowed) && !parsed.is_loopback(), "{url}");
            for other in ["http://other:8100", "http://sandbox.example:8100", "http://x.sandbox"] {
                assert!(BaseUrl::parse_allowing(&allowed, "base_url", other).is_err(), "{name}: {other}");
            }
            let other = BaseUrl::parse_allowing(&allowed, "base_url", DEFAULT_BASE_URL).unwrap();
            assert!(!other.is_sandbox(&allowed));
        }
    }

    #[test]
    fn what_is_no_host() {
        for name in [
            "",
            " ",
            "http://sandbox",
            "sandbox:8100",
            "sandbox/v2",
            "a b",
            "[sandbox]",
            "u@sandbox",
            "bücher",
        ] {
            let error = named(name).err().expect(name).to_string();
            assert!(error.contains("insecure_http_host is not the name of a host"), "{error}");
        }
    }

    #[test]
    fn good_ones() {
        for (given, host, port, tls) in [
            ("https://api.100ms.live/v2", "api.100ms.live", 443, true),
            ("https://API.example:8443/v2///", "api.example", 8443, true),
            ("http://127.0.0.1:8100/v2", "127.0.0.1", 8100, false),
            ("http://127.9.9.9", "127.9.9.9", 80, false),
            ("http://localhost:1/", "localhost", 1, false),
            ("http://[::1]:65535/v2", "::1", 65535, false),
        ] {
            let url = BaseUrl::parse("base_url", given).unwrap();
            assert_eq!((url.host(), url.port(), url.is_tls()), (host, port, tls), "{given}");
            assert!(!url.to_string().ends_with('/'));
        }
    }

    #[test]
    fn bad_ones_say_why() {
        for (given, why) in [
            ("", "is not a URL"),
            ("api.100ms.live/v2", "is not a URL"),
            ("/v2", "starts neither"),
            ("ftp://api.100ms.live", "starts neither"),
            ("https://", "is not a URL"),
            ("https://user:pass@api.100ms.live", "user name or password"),
            ("https://user@api.100ms.live", "user name or password"),
            ("https://api.100ms.live/v2?x=1", "has a query"),
            ("https://api.100ms.live/v2#x", "has a fragment"),
            ("https://api.100ms.live:99999", "has a port"),
            ("https://api.100ms.live:0", "has a port"),
            ("https://api.100ms.live:", "has a port"),
            ("http://api.100ms.live/v2", "plain http"),
            ("http://127.0.0.1.example.com", "plain http"),
            ("http://0.0.0.0:80", "plain http"),
            ("https://exa mple.com", "is not a URL"),
            ("https://[::ffff:-1.0.0.1]", "is not a URL"),
            ("https://[api.100ms.live]", "is not a URL"),
            ("https://bücher.example", "is not a URL"),
        ] {
            let error = BaseUrl::parse("base_url", given).unwrap_err().to_string();
            assert!(error.contains(why), "{given}: {error}");
        }
    }
}
