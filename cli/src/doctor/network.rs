//! From the name of the server to its clock.

use std::error::Error as _;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime};

use ureq::Agent;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::args::Global;
use crate::environment::Environment;

use super::report::Check;

/// The core backdates tokens by so much: a clock that is further ahead makes tokens that are not valid yet.
const TOLERATED_AHEAD: i64 = 10;
/// A token is valid for a day; a clock that is hours behind makes one that has expired soon.
const TOLERATED_BEHIND: i64 = 3600;
/// From here on the clock is worth a look, though tokens are still accepted.
const WORTH_A_LOOK: i64 = 5;

/// The server, by its base URL.
pub struct Target {
    url: String,
    host: String,
    port: u16,
    is_tls: bool,
}

/// The base URL that counts.
pub fn base_url(global: &Global, environment: &Environment) -> String {
    let given = global.base_url.clone().or_else(|| environment.given("HMS_BASE_URL"));
    given.unwrap_or_else(|| roomcast::DEFAULT_BASE_URL.to_owned())
}

impl Target {
    pub fn parse(url: &str) -> Result<Self, &'static str> {
        let uri: Uri = url.parse().map_err(|_| "is not a URL")?;
        let is_tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("begins neither with https:// nor with http://"),
        };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or("names no host")?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        Ok(Target { url: url.to_owned(), host, port, is_tls })
    }

    fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

/// Certificate authorities: the system's, or Mozilla's if it has none, and those of `--ca-file`.
pub fn roots(ca_file: Option<&Path>) -> RootCerts {
    let mut found = rustls_native_certs::load_native_certs().certs;
    if found.is_empty() && ca_file.is_none() {
        return RootCerts::WebPki;
    }
    if let Some(file) = ca_file {
        found.extend(rustls_native_certs::load_certs_from_paths(Some(file), None).certs);
    }
    RootCerts::from(found.iter().map(|certificate| Certificate::from_der(certificate).to_owned()))
}

pub fn check(target: &Target, environment: &Environment, roots: RootCerts, timeout: Duration) -> Vec<Check> {
    let proxy = ["HTTPS_PROXY", "https_proxy"].into_iter().find_map(|name| environment.given(name));
    if proxy.is_some() && target.is_tls && !target.is_loopback() {
        let found = "HTTPS_PROXY is set, and NO_PROXY may name the server: the check of the credentials goes the way that sends go";
        return ["DNS", "TCP", "TLS", "clock"].map(|name| Check::skipped(name, found)).into();
    }
    let mut checks = Vec::new();
    let addresses = match resolve(&target.host, target.port, timeout) {
        Ok(addresses) => addresses,
        Err(why) => {
            checks.push(Check::failed(
                "DNS",
                format!("{} does not resolve: {why}", target.host),
                "Check the host in the base URL, and this machine's name servers (/etc/resolv.conf, VPN).",
            ));
            return checks;
        }
    };
    let shown: Vec<_> = addresses.iter().map(|address| address.ip().to_string()).collect();
    checks.push(Check::ok("DNS", format!("{} is {}", target.host, shown.join(", "))));
    let (connected, check) = connect(&addresses, timeout);
    checks.push(check);
    if connected {
        checks.extend(request(target, roots, timeout));
    }
    checks
}

/// A look-up that hangs would hang the program.
fn resolve(host: &str, port: u16, timeout: Duration) -> Result<Vec<SocketAddr>, String> {
    let (sender, receiver) = mpsc::channel();
    let host = host.to_owned();
    let look_up = move || drop(sender.send((host.as_str(), port).to_socket_addrs().map(Vec::from_iter)));
    thread::Builder::new().spawn(look_up).map_err(|error| error.to_string())?;
    match receiver.recv_timeout(timeout) {
        Ok(Ok(addresses)) if addresses.is_empty() => Err("it has no address".to_owned()),
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer after {} s", timeout.as_secs())),
    }
}

fn connect(addresses: &[SocketAddr], timeout: Duration) -> (bool, Check) {
    let mut refused = Vec::new();
    for address in addresses {
        match TcpStream::connect_timeout(address, timeout) {
            Ok(_) => return (true, Check::ok("TCP", format!("connected to {address}"))),
            Err(error) => refused.push((address, error)),
        }
    }
    let why: Vec<_> = refused.iter().map(|(address, error)| format!("{address}: {error}")).collect();
    let advice = match refused.iter().all(|(_, error)| error.kind() == io::ErrorKind::ConnectionRefused) {
        true => {
            "Nothing listens there. If it is a sandbox, start it, and compare the port with what it prints."
        }
        false => "A firewall or a missing route is likely. If this machine needs a proxy, set HTTPS_PROXY.",
    };
    (false, Check::failed("TCP", why.join("; "), advice))
}

/// TLS, and the clock by the Date of a response, whichever it is.
fn request(target: &Target, roots: RootCerts, timeout: Duration) -> Vec<Check> {
    let tls = TlsConfig::builder().root_certs(roots).build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .proxy(None)
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        .max_redirects(0)
        .build();
    let started = SystemTime::now();
    let response = Agent::from(config).get(&target.url).call();
    let now = started + started.elapsed().unwrap_or_default() / 2;
    match response {
        Ok(response) => {
            let tls = match target.is_tls {
                true => Check::ok("TLS", "the certificate is trusted"),
                false => Check::skipped("TLS", "the base URL is plain http, to this machine"),
            };
            let date = response.headers().get("date").and_then(|date| date.to_str().ok());
            vec![tls, clock(date, now)]
        }
        Err(error) => vec![refused(target, &error)],
    }
}

fn refused(target: &Target, error: &ureq::Error) -> Check {
    let mut why = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let text = inner.to_string();
        if !why.contains(&text) {
            why = format!("{why}: {text}");
        }
        source = inner.source();
    }
    if !target.is_tls {
        return Check::failed(
            "HTTP",
            why,
            "Something listens there, but does not answer HTTP: check the port.",
        );
    }
    let advice = if why.contains("UnknownIssuer") {
        "The certificate's authority is not trusted. Of a server or proxy of your own, name the authority by --ca-file (in code: \
         ca_file); in a slim container, install ca-certificates."
    } else if why.contains("Expired") || why.contains("NotValidYet") {
        "The certificate is not valid at the time of this machine's clock: check the clock, then the server."
    } else if why.contains("NotValidForName") {
        "The certificate is of another host: check the host in the base URL."
    } else if why.contains("InvalidContentType") || why.contains("corrupt message") {
        "The server does not speak TLS on that port: for a sandbox without TLS, the base URL begins with http://."
    } else {
        "Check that nothing between here and the server, such as a proxy, intercepts TLS."
    };
    Check::failed("TLS", why, advice)
}

fn clock(date: Option<&str>, now: SystemTime) -> Check {
    let name = "clock";
    let Some(server) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else {
        return Check::skipped(name, "the server sends no Date");
    };
    // Whole seconds: so fine is the header.
    let ahead = match now.duration_since(server) {
        Ok(ahead) => ahead.as_secs() as i64,
        Err(behind) => -(behind.duration().as_secs() as i64),
    };
    let found = match ahead {
        0 | 1 => "is right, by the server's".to_owned(),
        ahead if ahead > 0 => format!("is {ahead} s ahead of the server's"),
        behind => format!("is {} s behind the server's", -behind),
    };
    let advice = "Set it by a time server: systemd-timesyncd, chrony, or on a virtual machine its host's.";
    if ahead >= TOLERATED_AHEAD {
        Check::failed(name, found, format!("Tokens signed now are not valid yet there. {advice}"))
    } else if ahead <= -TOLERATED_BEHIND {
        Check::failed(name, found, format!("Tokens signed now expire early there. {advice}"))
    } else if ahead.abs() >= WORTH_A_LOOK {
        Check::warning(name, found, advice)
    } else {
        Check::ok(name, found)
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::Status;
    use super::*;

    #[test]
    fn a_clock_fails_where_tokens_would() {
        let date = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000));
        let status = |ahead: i64| {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs((1_000_000 + ahead) as u64);
            clock(Some(&date), now).status
        };
        assert_eq!([0, 4, -4].map(status), [Status::Ok; 3]);
        assert_eq!([5, 9, -5, -3599].map(status), [Status::Warning; 4]);
        assert_eq!([10, 100_000, -3600].map(status), [Status::Failed; 3]);
        assert_eq!(clock(None, SystemTime::now()).status, Status::Skipped);
    }

    #[test]
    fn a_base_url_names_scheme_host_and_port() {
        let target = Target::parse("https://[::1]/v2").unwrap();
        assert_eq!((target.host.as_str(), target.port, target.is_loopback()), ("::1", 443, true));
        assert!(Target::parse("ftp://x").is_err() && Target::parse("api.100ms.live").is_err());
    }
}
