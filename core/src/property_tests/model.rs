//! The routing table and the limits, written a second time from the documentation, as plainly as possible: the core is
//! compared with it.

use crate::api::{Argument, Spelling};

/// A call as a dynamic language makes it.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) method: &'static str,
    pub(super) spelling: Spelling,
    pub(super) room_id: Option<Argument>,
    pub(super) message: Option<Argument>,
    pub(super) target: Option<Argument>,
    pub(super) options: Vec<(String, Argument)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Audience {
    Everyone,
    Peer(String),
    Role(String),
}

/// What goes on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) room_id: String,
    pub(super) message: String,
    pub(super) audience: Audience,
    pub(super) message_type: Option<String>,
}

pub(super) fn is_blank(text: &str) -> bool {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{200b}').is_empty()
}

pub(super) fn is_room_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.chars().all(|c| matches!(c, 'A'..='Z' | 'a'..='z' | '0'..='9' | '_' | '-'))
}

pub(super) fn is_message(text: &str) -> bool {
    !is_blank(text) && text.len() <= 1_048_576
}

/// The rule for `peer_id`, `role` and `type`.
pub(super) fn is_name(text: &str) -> bool {
    !is_blank(text) && text.len() <= 256 && !text.chars().any(|c| c.is_control())
}

impl Given {
    /// What is sent: nothing, if any rule is broken.
    pub(super) fn sent(&self) -> Option<Sent> {
        let peer_name = if self.spelling == Spelling::Camel { "peerId" } else { "peer_id" };
        self.sent_to(match self.method {
            "broadcast" => Audience::Everyone,
            "send_to_peer" => Audience::Peer(good(self.target.as_ref(), is_name)?),
            "send_to_role" => Audience::Role(good(self.target.as_ref(), is_name)?),
            "send_message" => audience(self.option(peer_name), self.option("role"))?,
            _ => return None,
        })
    }

    /// What is sent to several, in a room with these peers and their users: nothing, if any rule is broken.
    pub(super) fn sent_to_several(&self, peers: &[(&str, &str)]) -> Option<Vec<Sent>> {
        let named = self.several()?;
        let of_user = |user: &String| {
            let of_user = peers.iter().filter(move |(_, of)| of == user);
            of_user.map(|(peer_id, _)| Audience::Peer((*peer_id).to_owned())).collect::<Vec<_>>()
        };
        let audiences: Vec<_> = match self.method {
            "send_to_peers" => named.into_iter().map(Audience::Peer).collect(),
            "send_to_roles" => named.into_iter().map(Audience::Role).collect(),
            _ => named.iter().flat_map(of_user).collect(),
        };
        // Also if there is none of them: the message is checked.
        self.sent_to(Audience::Everyone)?;
        audiences.into_iter().map(|audience| self.sent_to(audience)).collect()
    }

    /// Those that are named, each once.
    fn several(&self) -> Option<Vec<String>> {
        let given = match (self.method, &self.target) {
            ("send_to_user", Some(user)) => std::slice::from_ref(user),
            ("send_to_users" | "send_to_peers" | "send_to_roles", Some(Argument::List(list))) => list,
            _ => return None,
        };
        let mut named = Vec::new();
        for one in given {
            let name = good(Some(one), is_name)?;
            if !named.contains(&name) {
                named.push(name);
            }
        }
        Some(named).filter(|named| !named.is_empty())
    }

    /// The rules that are the same whoever receives it.
    fn sent_to(&self, audience: Audience) -> Option<Sent> {
        let options: &[&str] = match (self.method, self.spelling) {
            ("send_message", Spelling::Snake) => &["peer_id", "role", "type"],
            ("send_message", Spelling::Camel) => &["peerId", "role", "type"],
            _ => &["type"],
        };
        if self.options.iter().any(|(name, _)| !options.contains(&name.as_str())) {
            return None;
        }
        let message_type = match self.option("type") {
            None => None,
            given => Some(good(given, is_name)?),
        };
        Some(Sent {
            room_id: good(self.room_id.as_ref(), is_room_id)?,
            message: good(self.message.as_ref(), is_message)?,
            audience,
            message_type,
        })
    }

    /// The parameter that `target` is for.
    pub(super) fn target_parameter(&self) -> Option<&'static str> {
        match self.method {
            "send_to_peer" => Some("peer_id"),
            "send_to_role" => Some("role"),
            "send_to_user" => Some("user_id"),
            "send_to_users" => Some("user_ids"),
            "send_to_peers" => Some("peer_ids"),
            "send_to_roles" => Some("roles"),
            _ => None,
        }
    }

    /// An option, as it was given last.
    pub(super) fn option(&self, name: &str) -> Option<&Argument> {
        self.options.iter().rev().find(|(given, _)| given == name).map(|(_, value)| value)
    }
}

/// The recipient table of the README, row by row.
fn audience(peer_id: Option<&Argument>, role: Option<&Argument>) -> Option<Audience> {
    match (peer_id, role) {
        (None, None) => Some(Audience::Everyone),
        (None, Some(_)) => Some(Audience::Role(good(role, is_name)?)),
        (Some(_), None | Some(Argument::Null)) => Some(Audience::Peer(good(peer_id, is_name)?)),
        (Some(_), Some(Argument::Text(role))) if is_blank(role) || is_name(role) => {
            Some(Audience::Peer(good(peer_id, is_name)?))
        }
        (Some(_), Some(_)) => None,
    }
}

fn good(given: Option<&Argument>, rule: fn(&str) -> bool) -> Option<String> {
    match given {
        Some(Argument::Text(text)) if rule(text) => Some(text.clone()),
        _ => None,
    }
}

impl Sent {
    /// The JSON body, byte for byte.
    pub(super) fn body(&self) -> String {
        let text = |text: &str| serde_json::to_string(text).unwrap();
        let mut body = format!("{{\"message\":{}", text(&self.message));
        match &self.audience {
            Audience::Everyone => {}
            Audience::Peer(peer_id) => body += &format!(",\"peer_id\":{}", text(peer_id)),
            Audience::Role(role) => body += &format!(",\"role\":{}", text(role)),
        }
        if let Some(message_type) = &self.message_type {
            body += &format!(",\"type\":{}", text(message_type));
        }
        body + "}"
    }
}
