//! Which proxy is used: the one given, else the environment's, and never one for loopback.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ureq_proto::http::Uri;

use crate::error::Error;

use super::base_url::{BaseUrl, host_name};
use super::no_proxy::exempts;

/// An HTTP proxy, used with CONNECT.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Proxy {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The value of `Proxy-Authorization`. Must never be shown.
    pub(crate) authorization: Option<String>,
}

impl Proxy {
    /// The proxy for a base URL.
    pub(crate) fn choose(
        given: Option<&str>,
        base_url: &BaseUrl,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Proxy>, Error> {
        // A proxy that was given is checked even where it is not used.
        let given = given.map(|text| Proxy::parse("proxy", text)).transpose()?;
        if base_url.is_loopback() {
            return Ok(None);
        }
        if given.is_some() {
            return Ok(given);
        }
        let either = |name: &str| env(name).or_else(|| env(&name.to_ascii_lowercase()));
        match either("HTTPS_PROXY") {
            // What goes to another machine in plain http goes to a sandbox nearby.
            Some(text)
                if base_url.is_tls() && !exempts(either("NO_PROXY").as_deref().unwrap_or(""), base_url) =>
            {
                Proxy::parse("HTTPS_PROXY", &text).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn parse(source: &str, text: &str) -> Result<Proxy, Error> {
        let bad = |what: &str| {
            Error::configuration(format!("{source} {what}"))
                .advice("Give a URL such as http://proxy.example:3128.")
        };
        // Names without a scheme are common in HTTPS_PROXY.
        let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let uri: Uri = full.parse().map_err(|_| bad("is not a URL"))?;
        if uri.scheme_str() != Some("http") {
            return Err(bad("is not an http:// proxy; others are not supported"));
        }
        let authority = uri.authority().ok_or_else(|| bad("has no host"))?.as_str();
        let (user, host_and_port) = match authority.rsplit_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, authority),
        };
        let (host, port) = match host_and_port.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
            _ => (host_and_port, Some(80)),
        };
        let port = port.filter(|port| *port > 0).ok_or_else(|| bad("has a port that is not 1 to 65535"))?;
        let host = host_name(host).ok_or_else(|| bad("is not a URL"))?;
        if host.is_empty() {
            return Err(bad("has no host"));
        }
        let authorization = match user {
            None | Some("") => None,
            Some(user) => {
                let decoded = percent_decode(user);
                let mut plain = decoded.ok_or_else(|| bad("has a broken user name or password"))?;
                // Basic always has a colon, RFC 7617, section 2.
                if !user.contains(':') {
                    plain.push(b':');
                }
                Some(format!("Basic {}", STANDARD.encode(plain)))
            }
        };
        Ok(Proxy { host, port, authorization })
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

fn percent_decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        decoded.push((digit()? * 16 + digit()?) as u8);
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(given: Option<&str>, base_url: &str, env: &[(&str, &str)]) -> Result<Option<String>, String> {
        let base_url = BaseUrl::parse("base_url", base_url).unwrap();
        let env = |name: &str| env.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        Proxy::choose(given, &base_url, env)
            .map(|proxy| proxy.map(|p| format!("{p:?}")))
            .map_err(|error| error.to_string())
    }

    const API: &str = "https://api.100ms.live/v2";

    #[test]
    fn given_else_environment_and_never_for_loopback() {
        let env = [("https_proxy", "env:3128")];
        assert_eq!(choose(Some("http://given:8080"), API, &env).unwrap().unwrap(), "given:8080");
        assert_eq!(choose(None, API, &env).unwrap().unwrap(), "env:3128");
        assert_eq!(choose(None, API, &[]).unwrap(), None);
        for local in ["https://127.0.0.1:8100", "http://localhost:8100"] {
            assert_eq!(choose(Some("http://given:8080"), local, &env).unwrap(), None);
        }
    }

    #[test]
    fn no_proxy_names_hosts_domains_and_ports() {
        let with = |no_proxy| choose(None, API, &[("HTTPS_PROXY", "p:1"), ("NO_PROXY", no_proxy)]).unwrap();
        for exempt in
            ["*", "api.100ms.live", "100ms.live", ".100ms.live", "x, API.100MS.live", "100ms.live:443"]
        {
            assert_eq!(with(exempt), None, "{exempt}");
        }
        for other in ["", "ms.live", "api.100ms.live:8443", "00ms.live", ","] {
            assert!(with(other).is_some(), "{other}");
        }
    }

    #[test]
    fn user_and_password_are_used_and_never_shown() {
        let base_url = BaseUrl::parse("base_url", API).unwrap();
        let proxy = Proxy::choose(Some("http://us%40er:pass@p:1"), &base_url, |_| None).unwrap().unwrap();
        assert_eq!(proxy.authorization.as_deref(), Some("Basic dXNAZXI6cGFzcw=="));
        assert!(!format!("{proxy:?}").contains("pass"));
    }

    #[test]
    fn a_user_without_a_password_has_an_empty_one() {
        for (given, plain) in [
            ("http://user@p:1", Some("user:")),
            ("user@p:1", Some("user:")),
            ("http://user:@p:1", Some("user:")),
            ("http://:pass@p:1", Some(":pass")),
            ("http://us%40er:p%3Ass@p:1", Some("us@er:p:ss")),
            ("http://@p:1", None),
            ("http://p:1", None),
        ] {
            let base_url = BaseUrl::parse("base_url", API).unwrap();
            let proxy = Proxy::choose(Some(given), &base_url, |_| None).unwrap().unwrap();
            let expected = plain.map(|plain| format!("Basic {}", STANDARD.encode(plain)));
            assert_eq!(proxy.authorization, expected, "{given}");
        }
    }

    #[test]
    fn bad_ones_say_why() {
        for (given, why) in [
            ("socks5://p:1", "not an http:// proxy"),
            ("https://p:1", "not an http:// proxy"),
            ("http://p:99999", "has a port"),
            ("http://p:0", "has a port"),
            ("http:// p", "is not a URL"),
            ("http://p[::1]:80", "is not a URL"),
            ("http://[p]:80", "is not a URL"),
            ("http://u%zz@p", "broken user name"),
        ] {
            let error = choose(Some(given), API, &[]).unwrap_err();
            assert!(error.contains(why), "{given}: {error}");
        }
    }
}
