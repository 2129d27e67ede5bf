//! Options by name: which one the caller meant, or which one was likely meant.

use crate::error::Error;

use super::printable::printable;
use super::spelling::Spelling;

/// The option of that name among `known`, as the caller's language spells it. `own` are options that exist in that language
/// only, which its binding has handled: they may be what the caller meant.
///
/// # Errors
/// [`InvalidRequest`](crate::ErrorKind::InvalidRequest): the option is unknown, with the likely spelling.
pub(crate) fn find_option(
    given: &str,
    known: &[&'static str],
    own: &[&'static str],
    spelling: Spelling,
) -> Result<&'static str, Error> {
    if let Some(name) = known.iter().find(|name| spelling.is(name, given)) {
        return Ok(name);
    }
    let plain = |name: &str| name.replace(['_', '-', ' '], "").to_ascii_lowercase();
    let known: Vec<_> = known.iter().chain(own).collect();
    let likely = known.iter().min_by_key(|name| strsim::osa_distance(&plain(name), &plain(given)));
    let hint = match likely {
        // It resembles peer_id; but a user's id in its place would be no peer's.
        Some(_)
            if known.contains(&&"peer_id")
                && !known.contains(&&"user_id")
                && ["user", "userid"].contains(&plain(given).as_str()) =>
        {
            format!("to reach a user, use {}", spelling.of("send_to_user"))
        }
        Some(name) if resembles(&plain(name), &plain(given)) => {
            format!("did you mean {}?", spelling.of(name))
        }
        Some(_) => {
            let names: Vec<_> = known.iter().map(|name| spelling.of(name)).collect();
            format!("known: {}", names.join(", "))
        }
        None => "known: none".to_owned(),
    };
    Err(Error::invalid_request(format!("unknown option {} ({hint})", printable(given))))
}

fn resembles(known: &str, given: &str) -> bool {
    let shorter = given.len().min(known.len());
    strsim::osa_distance(known, given) <= 2.min(shorter / 2)
        || (shorter >= 3 && (known.starts_with(given) || given.starts_with(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(given: &str, spelling: Spelling) -> String {
        find_option(given, &["peer_id", "role", "type"], &[], spelling).unwrap_err().to_string()
    }

    #[test]
    fn likely_spellings() {
        for given in ["peer_id", "PeerId", "peerID", "peer", "perId", "peer-id"] {
            assert!(hint(given, Spelling::Camel).contains("did you mean peerId?"), "{given}");
        }
        for given in ["peerId", "peerid", "PEER_ID", "peer", "pere_id"] {
            assert!(hint(given, Spelling::Snake).contains("did you mean peer_id?"), "{given}");
        }
        assert!(hint("user_id", Spelling::Snake).contains("(to reach a user, use send_to_user)"));
        assert!(hint("userId", Spelling::Camel).contains("(to reach a user, use sendToUser)"));
        assert!(hint("roles", Spelling::Snake).contains("did you mean role?"));
        assert!(hint("x", Spelling::Snake).contains("known: peer_id, role, type"));
    }

    #[test]
    fn a_strange_name_is_shown_short_and_without_control_characters() {
        let shown = hint(&format!("\n{}", "é".repeat(100)), Spelling::Snake);
        assert!(shown.contains("\\n") && !shown.contains('\n') && shown.chars().count() < 250, "{shown}");
    }
}
