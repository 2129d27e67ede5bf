//! What the sandbox prints when it starts: its address, and the environment variables for clients.

use crate::args::KeyArgs;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Prints the address and the `export` lines. They can be pasted into a shell, and tests read the address.
pub fn print(address: SocketAddr, tls: bool, keys: &KeyArgs, has_page: bool) {
    let scheme = if tls { "https" } else { "http" };
    let mut local = address;
    match address.ip() {
        // Clients cannot connect to the unspecified address.
        IpAddr::V4(ip) if ip.is_unspecified() => local.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => local.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    // A secret from the environment may be that of a real account, and output is often kept in logs.
    let is_from_environment = std::env::var("HMS_SECRET").is_ok_and(|secret| secret == keys.secret);
    let secret = match is_from_environment {
        true => "# HMS_SECRET is the one in this shell's environment; it is not shown".to_owned(),
        false => format!("export HMS_SECRET={}", shell_word(&keys.secret)),
    };
    // A comment, so that it can be pasted with the other lines.
    let page = if has_page { format!("# see the rooms at {scheme}://{local}/\n") } else { String::new() };
    let text = format!(
        "roomcast-sandbox listening on {scheme}://{address}\n\
         export HMS_BASE_URL={scheme}://{local}/v2\n\
         export HMS_ACCESS_KEY={}\n{secret}\n{page}",
        shell_word(&keys.access_key),
    );
    // A closed stdout does not stop the server.
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
