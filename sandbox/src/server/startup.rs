//! What the program prints when it is ready: its address, and what clients need.

use serde_json::json;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

/// A sandbox that listens, and what clients need to use it.
#[derive(Clone)]
pub struct Ready {
    pub address: SocketAddr,
    pub tls: bool,
    pub access_key: String,
    pub secret: String,
    /// The certificate authority of the sandbox's own certificate.
    pub ca_file: Option<PathBuf>,
    pub has_page: bool,
}

impl Ready {
    /// Where clients on this machine reach it, without a slash at the end.
    pub fn url(&self) -> String {
        let mut local = self.address;
        match local.ip() {
            // Clients cannot connect to the unspecified address.
            IpAddr::V4(ip) if ip.is_unspecified() => local.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => local.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        format!("{}://{local}", self.scheme())
    }

    pub fn base_url(&self) -> String {
        format!("{}/v2", self.url())
    }

    fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }
}

/// Prints the address and the `export` lines. They can be pasted into a shell, and tests read the address.
pub fn print(ready: &Ready) {
    // A secret from the environment may be that of a real account, and output is often kept in logs.
    let is_from_environment = std::env::var("HMS_SECRET").is_ok_and(|secret| secret == ready.secret);
    let secret = match is_from_environment {
        true => "# HMS_SECRET is the one in this shell's environment; it is not shown".to_owned(),
        false => format!("export HMS_SECRET={}", shell_word(&ready.secret)),
    };
    // Comments, so that they can be pasted with the other lines.
    let page = if ready.has_page { format!("# see the rooms at {}/\n", ready.url()) } else { String::new() };
    let authority = match &ready.ca_file {
        Some(file) => format!("# the client's ca_file is {}\n", file.display()),
        None => String::new(),
    };
    write(&format!(
        "roomcast-sandbox listening on {}://{}\n\
         export HMS_BASE_URL={}\n\
         export HMS_ACCESS_KEY={}\n{secret}\n{page}{authority}",
        ready.scheme(),
        ready.address,
        ready.base_url(),
        shell_word(&ready.access_key),
    ));
}

/// Prints one line of JSON, for programs: with the secret, also if it is from the environment.
pub fn print_json(ready: &Ready) {
    let line = json!({
        "base_url": ready.base_url(),
        "url": ready.url(),
        "access_key": ready.access_key,
        "secret": ready.secret,
        "ca_file": ready.ca_file,
    });
    write(&format!("{line}\n"));
}

/// A closed stdout does not stop the server.
fn write(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

/// Quotes a text for a shell if necessary.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/+=@%".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_can_be_pasted_into_a_shell() {
        assert_eq!(shell_word("a-B_9.=/+"), "a-B_9.=/+");
        assert_eq!(shell_word("a b$c"), "'a b$c'");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
    }
}
