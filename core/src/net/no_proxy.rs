//! `NO_PROXY`: the hosts that are reached without the environment's proxy.

use std::net::IpAddr;

use super::base_url::BaseUrl;

/// Whether `NO_PROXY` names the host. Its entries are separated by commas or white space. Each is `*`; or a host, or a domain
/// whose subdomains count too; or an IP address, or a network such as `10.0.0.0/8`. Each may have a port, before which an IPv6
/// address is in brackets.
pub(super) fn exempts(no_proxy: &str, base_url: &BaseUrl) -> bool {
    let entries = no_proxy.split(|c: char| c == ',' || c.is_whitespace());
    entries.filter(|entry| !entry.is_empty()).any(|entry| {
        let (host, port) = host_and_port(entry);
        port.is_none_or(|port| port.parse() == Ok(base_url.port())) && names(host, base_url.host())
    })
}

fn host_and_port(entry: &str) -> (&str, Option<&str>) {
    match entry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, "")) => (address, None),
        // What follows the bracket is a port, or makes the entry name nothing.
        Some((address, rest)) => (address, Some(rest.strip_prefix(':').unwrap_or(rest))),
        None => match entry.split_once(':') {
            Some((host, port)) if !port.contains(':') => (host, Some(port)),
            // An IPv6 address without brackets.
            _ => (entry, None),
        },
    }
}

fn names(entry: &str, host: &str) -> bool {
    if entry == "*" {
        return true;
    }
    match host.parse() {
        Ok(address) => names_address(entry, address),
        Err(_) => names_domain(entry, host),
    }
}

/// Addresses are compared by their value: an IPv6 address has many spellings.
fn names_address(entry: &str, address: IpAddr) -> bool {
    let (network, length) = match entry.split_once('/') {
        Some((network, length)) => (network, Some(length)),
        None => (entry, None),
    };
    let Ok(network) = network.parse() else { return false };
    let (network, width) = bits(network);
    let length = match length.map(str::parse) {
        None => width,
        Some(Ok(length)) if length <= width => length,
        Some(_) => return false,
    };
    let (address, address_width) = bits(address.to_canonical());
    let ignored = width - length;
    // All of them ignored would be a shift by the whole width.
    let prefix = |bits: u128| bits.checked_shr(ignored).unwrap_or(0);
    address_width == width && prefix(address) == prefix(network)
}

/// An address as a number, and how many bits it has.
fn bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u32::from(address).into(), 32),
        IpAddr::V6(address) => (address.into(), 128),
    }
}

fn names_domain(entry: &str, host: &str) -> bool {
    let entry = entry.trim_start_matches("*.").trim_start_matches('.');
    let (entry, host) = (entry.strip_suffix('.').unwrap_or(entry), host.strip_suffix('.').unwrap_or(host));
    let Some(start) = host.len().checked_sub(entry.len()) else { return false };
    let (head, tail) = host.as_bytes().split_at(start);
    if entry.is_empty() || !tail.eq_ignore_ascii_case(entry.as_bytes()) {
        return false;
    }
    // Such as 10.1.3, another spelling of an address, which has no subdomains. No top-level domain begins with a digit.
    let is_numeric =
        host.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_digit()));
    head.is_empty() || (head.ends_with(b".") && !is_numeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_exempt(no_proxy: &str, base_url: &str) -> bool {
        exempts(no_proxy, &BaseUrl::parse("base_url", base_url).unwrap())
    }

    #[test]
    fn hosts_domains_and_ports() {
        for (no_proxy, base_url) in [
            ("*", "https://api.example.com"),
            ("*", "https://10.1.2.3"),
            ("x, *", "https://[2001:db8::1]"),
            ("*:8443", "https://api.example.com:8443"),
            ("api.example.com", "https://api.example.com"),
            ("api.example.com", "https://api.example.com./v2"),
            ("api.example.com.", "https://api.example.com"),
            ("API.Example.COM", "https://api.example.com"),
            ("example.com", "https://api.example.com"),
            (".example.com", "https://api.example.com"),
            ("*.example.com", "https://api.example.com"),
            ("com", "https://api.example.com"),
            ("example.com:443", "https://api.example.com"),
            ("example.com:8443", "https://api.example.com:8443"),
            ("a.org example.com", "https://api.example.com"),
            (" a.org ,\texample.com ", "https://api.example.com"),
        ] {
            assert!(is_exempt(no_proxy, base_url), "{no_proxy:?} names {base_url}");
        }
        for (no_proxy, base_url) in [
            ("", "https://api.example.com"),
            (" , ", "https://api.example.com"),
            (".", "https://api.example.com"),
            ("ample.com", "https://api.example.com"),
            ("api.example.com:8443", "https://api.example.com"),
            ("api.example.com:", "https://api.example.com"),
            ("x.api.example.com", "https://api.example.com"),
            ("*example.com", "https://api.example.com"),
            ("10.0.0.0/8", "https://api.example.com"),
        ] {
            assert!(!is_exempt(no_proxy, base_url), "{no_proxy:?} does not name {base_url}");
        }
    }

    #[test]
    fn addresses_and_networks() {
        for (no_proxy, base_url) in [
            ("10.1.2.3", "https://10.1.2.3"),
            ("10.1.2.3:443", "https://10.1.2.3"),
            ("10.0.0.0/8", "https://10.1.2.3"),
            ("10.9.9.9/8", "https://10.1.2.3"),
            ("0.0.0.0/0", "https://10.1.2.3"),
            ("10.1.2.3/32", "https://10.1.2.3"),
            ("192.168.0.0/16,10.1.2.2/31", "https://10.1.2.3"),
            ("10.0.0.0/8", "https://[::ffff:10.1.2.3]"),
            ("[2001:db8::1]", "https://[2001:db8::1]"),
            ("2001:db8::1", "https://[2001:db8::1]"),
            ("[2001:db8::1]:443", "https://[2001:db8::1]"),
            ("2001:DB8:0::1", "https://[2001:db8::1]"),
            ("2001:db8::1", "https://[2001:DB8:0:0:0:0:0:1]"),
            ("fd00::/8", "https://[fd00::1]"),
            ("fd00:1::/7", "https://[fc00::1]"),
            ("::/0", "https://[fd00::1]"),
        ] {
            assert!(is_exempt(no_proxy, base_url), "{no_proxy:?} names {base_url}");
        }
        for (no_proxy, base_url) in [
            ("3", "https://10.1.2.3"),
            ("2.3", "https://10.1.2.3"),
            (".2.3", "https://10.1.2.3"),
            ("3", "https://10.1.3"),
            ("10.1.2.4", "https://10.1.2.3"),
            ("10.1.2.3:80", "https://10.1.2.3"),
            ("11.0.0.0/8", "https://10.1.2.3"),
            ("10.1.2.2/32", "https://10.1.2.3"),
            ("10.0.0.0/33", "https://10.1.2.3"),
            ("10.0.0.0/-1", "https://10.1.2.3"),
            ("10.0.0.0/", "https://10.1.2.3"),
            ("::/0", "https://10.1.2.3"),
            ("0.0.0.0/0", "https://[2001:db8::1]"),
            ("[2001:db8::1]:80", "https://[2001:db8::1]"),
            ("[2001:db8::1]x", "https://[2001:db8::1]"),
            ("2001:db8::2", "https://[2001:db8::1]"),
            ("[2001:db8::1", "https://[2001:db8::1]"),
            ("fe00::/8", "https://[fd00::1]"),
            ("fd00::/129", "https://[fd00::1]"),
        ] {
            assert!(!is_exempt(no_proxy, base_url), "{no_proxy:?} does not name {base_url}");
        }
    }
}
