//! Who receives a message, by 100ms's documented rules.

/// The recipients of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    Everyone,
    Roles(Vec<String>),
    Peer(String),
}

impl Audience {
    /// A peer id takes precedence over roles. An empty value counts as not given, as in the real API. There, this turns
    /// a message to one peer into a broadcast, so the sandbox does the same and does not hide the mistake.
    pub fn of(peer_id: Option<&str>, roles: impl IntoIterator<Item = String>) -> Self {
        if let Some(peer_id) = peer_id.filter(|peer_id| !peer_id.is_empty()) {
            return Self::Peer(peer_id.to_owned());
        }
        let roles: Vec<String> = roles.into_iter().filter(|role| !role.is_empty()).collect();
        if roles.is_empty() { Self::Everyone } else { Self::Roles(roles) }
    }

    /// Compares ids and roles exactly.
    pub fn includes(&self, peer_id: &str, role: &str) -> bool {
        match self {
            Self::Everyone => true,
            Self::Roles(roles) => roles.iter().any(|wanted| wanted == role),
            Self::Peer(wanted) => wanted == peer_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peer_id: Option<&str>, role: Option<&str>) -> Audience {
        Audience::of(peer_id, role.map(str::to_owned))
    }

    fn roles(names: &[&str]) -> Audience {
        Audience::Roles(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn every_row_of_the_documented_table() {
        let alice = Audience::Peer("alice".to_owned());
        assert_eq!(of(Some("alice"), None), alice);
        assert_eq!(of(None, Some("host")), roles(&["host"]));
        assert_eq!(of(Some("alice"), Some("host")), alice);
        assert_eq!(of(None, None), Audience::Everyone);
    }

    #[test]
    fn empty_is_not_given() {
        assert_eq!(of(Some(""), None), Audience::Everyone);
        assert_eq!(of(None, Some("")), Audience::Everyone);
        assert_eq!(of(Some(""), Some("")), Audience::Everyone);
        assert_eq!(of(Some(""), Some("host")), roles(&["host"]));
        assert_eq!(of(Some(" "), None), Audience::Peer(" ".to_owned()));
    }

    #[test]
    fn names_are_compared_exactly() {
        assert!(roles(&["guest", "host"]).includes("alice", "host"));
        assert!(!roles(&["Host"]).includes("alice", "host"));
        assert!(!roles(&["host "]).includes("alice", "host"));
        assert!(!Audience::Peer("Alice".to_owned()).includes("alice", "host"));
        assert!(Audience::Everyone.includes("alice", "host"));
    }
}
