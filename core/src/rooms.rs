//! Who is in a room: what is asked, and what is read of the answer (100ms documentation, "Active rooms").

use std::time::SystemTime;

use serde_json::{Map, Value};

use crate::error::Error;
use crate::field::Field;
use crate::json::{self, Members};
use crate::recipient::Target;
use crate::request::Spelling;
use crate::validate;

/// A peer that is in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Peer {
    /// The peer, to which messages can be sent while it is in the room. Who joins again has another one.
    pub peer_id: String,
    /// The name that the peer shows.
    pub name: String,
    /// The user, as your peer token named them: the same each time they join. Empty if it named none.
    pub user_id: String,
    /// What the peer says of itself, mostly JSON. It is the peer's own word.
    pub metadata: String,
    /// The role that the peer has now.
    pub role: String,
    /// When the peer joined, if the server told.
    pub joined_at: Option<SystemTime>,
}

/// A room that somebody is in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Room {
    /// The room.
    pub room_id: String,
    /// The room's name; empty if the server told none.
    pub name: String,
    /// The 100ms account that it belongs to; empty if the server told none.
    pub customer_id: String,
    /// The session: a room's, from its first peer to its last. Empty if the server told none.
    pub session_id: String,
    /// When the session began, if the server told.
    pub created_at: Option<SystemTime>,
    /// The peers that are in the room, as the server orders them.
    pub peer_ids: Vec<String>,
}

impl Peer {
    /// For language bindings: every field, in the order of the documentation.
    pub fn fields(&self) -> Vec<(&'static str, Field<'_>)> {
        vec![
            ("peer_id", Field::Text(&self.peer_id)),
            ("name", Field::Text(&self.name)),
            ("user_id", Field::Text(&self.user_id)),
            ("metadata", Field::Text(&self.metadata)),
            ("role", Field::Text(&self.role)),
            ("joined_at", Field::Time(self.joined_at)),
        ]
    }
}

impl Room {
    /// For language bindings: every field, in the order of the documentation.
    pub fn fields(&self) -> Vec<(&'static str, Field<'_>)> {
        vec![
            ("room_id", Field::Text(&self.room_id)),
            ("name", Field::Text(&self.name)),
            ("customer_id", Field::Text(&self.customer_id)),
            ("session_id", Field::Text(&self.session_id)),
            ("created_at", Field::Time(self.created_at)),
            ("peer_ids", Field::Texts(&self.peer_ids)),
        ]
    }
}

/// Which peers of a room to ask for: all of them, until a user or a role is named; with both, those that have both.
///
/// Limits: `room_id` has 1 to 64 of `A-Z a-z 0-9 _ -`; a user's id and a role are not blank, have at most 256 bytes and no
/// control character. Whatever breaks a limit is [`InvalidRequest`](crate::ErrorKind::InvalidRequest), and nothing is asked:
/// a look-up that failed is not to list everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerQuery {
    pub(crate) room_id: String,
    pub(crate) user_id: Option<Target>,
    pub(crate) role: Option<Target>,
    pub(crate) spelling: Spelling,
}

impl PeerQuery {
    /// All peers of the room.
    pub fn new(room_id: impl Into<String>) -> Self {
        PeerQuery { room_id: room_id.into(), user_id: None, role: None, spelling: Spelling::Snake }
    }

    /// Only the peers of this user: one for each device or tab that they joined with.
    pub fn user_id(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(Target::Text(user_id.into()));
        self
    }

    /// Only the peers that have this role; names are compared exactly.
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.role = Some(Target::Text(role.into()));
        self
    }

    /// Holds every field to its rule.
    pub(crate) fn validate(&self) -> Result<Filter, Error> {
        validate::room_id(self.spelling.room_id(), &self.room_id)?;
        let user_field = self.spelling.of("user_id");
        Ok(Filter {
            user_id: wanted(&user_field, self.user_id.as_ref())
                .map_err(|error| error.advice("Give the id of a user; to list everyone, leave it out."))?,
            role: wanted("role", self.role.as_ref())
                .map_err(|error| error.advice("Give the name of a role; to list everyone, leave it out."))?,
        })
    }
}

fn wanted(field: &str, given: Option<&Target>) -> Result<Option<String>, Error> {
    match given {
        None => Ok(None),
        Some(Target::Null) => Err(Error::invalid_request(format!("{field} is null"))),
        Some(Target::Text(text)) => validate::name(field, text).map(|()| Some(text.clone())),
    }
}

/// Whom a peer must be of to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) user_id: Option<String>,
    pub(crate) role: Option<String>,
}

/// Reads `{"peers": {"<peer_id>": {…}}}`; else says what is wrong with it. A peer that was not asked for shows a server that
/// did not read the question: what is meant for one user would be sent to all.
pub(crate) fn peers(answer: &[u8], filter: &Filter) -> Result<Vec<Peer>, String> {
    let object = json::object("the answer", answer)?;
    let answer = Members { of: "", object: &object };
    let Some(peers) = answer.object("peers")? else { return Err("the answer has no peers".to_owned()) };
    peers.iter().map(|(id, peer)| read_peer(id, peer, filter)).collect()
}

fn read_peer(id: &str, peer: &Value, filter: &Filter) -> Result<Peer, String> {
    let none = Map::new();
    let members = Members { of: "a peer's ", object: peer.as_object().unwrap_or(&none) };
    let peer_id = members.name("id")?;
    if peer_id != id {
        return Err("a peer in the answer has two ids".to_owned());
    }
    let user_id = members.name_or_empty("user_id")?;
    let role = members.name_or_empty("role")?;
    for (wanted, has) in [(&filter.user_id, &user_id), (&filter.role, &role)] {
        if wanted.as_ref().is_some_and(|wanted| wanted != has) {
            return Err("the answer has a peer that was not asked for".to_owned());
        }
    }
    Ok(Peer {
        peer_id,
        name: members.text("name"),
        user_id,
        metadata: members.text("metadata"),
        role,
        joined_at: members.time("joined_at"),
    })
}

/// Reads `{"id", "name", "customer_id", "session": {"id", "created_at", "peers": […]}}`; else says what is wrong with it.
pub(crate) fn room(answer: &[u8], asked: &str) -> Result<Room, String> {
    let object = json::object("the answer", answer)?;
    let answer = Members { of: "", object: &object };
    let room_id = answer.room_id("id")?;
    if room_id != asked {
        return Err("the answer is about another room".to_owned());
    }
    let Some(session) = answer.object("session")? else { return Err("the answer has no session".to_owned()) };
    let Some(Value::Array(peers)) = session.get("peers") else {
        return Err("the answer has no list of peers".to_owned());
    };
    let ids = peers.iter().map(|id| {
        let id = id.as_str().ok_or_else(|| "a peer's id is not text".to_owned())?;
        validate::name("a peer's id", id).map_err(|error| error.what().to_owned())?;
        Ok(id.to_owned())
    });
    let session = Members { of: "session.", object: session };
    Ok(Room {
        room_id,
        name: answer.text("name"),
        customer_id: answer.text("customer_id"),
        session_id: session.text("id"),
        created_at: session.time("created_at"),
        peer_ids: ids.collect::<Result<_, String>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Filter = Filter { user_id: None, role: None };

    fn of_user(user_id: &str) -> Filter {
        Filter { user_id: Some(user_id.into()), role: None }
    }

    #[test]
    fn peers_are_read_strictly_where_they_are_acted_upon() {
        let read = |json: &str| peers(json.as_bytes(), &ALL);
        let told =
            read(r#"{"peers":{"p":{"id":"p","user_id":"u","role":"host","name":7,"tracks":{}}},"x":1}"#)
                .unwrap();
        assert_eq!((told.len(), told[0].user_id.as_str(), told[0].name.as_str()), (1, "u", ""));
        assert_eq!(read(r#"{"peers":{}}"#).unwrap(), []);
        for (odd, wrong) in [
            ("", "the answer is not proper JSON"),
            ("[]", "the answer is an array"),
            ("{}", "the answer has no peers"),
            (r#"{"peers":null}"#, "peers is null, not an object"),
            (r#"{"peers":["p"]}"#, "peers is an array"),
            (r#"{"peers":{"p":7}}"#, "a peer's id is missing"),
            (r#"{"peers":{"p":{"id":"q"}}}"#, "two ids"),
            (r#"{"peers":{"":{"id":""}}}"#, "a peer's id is blank"),
            (r#"{"peers":{"p":{"id":"p","user_id":7}}}"#, "a peer's user_id is a number"),
            (r#"{"peers":{"p":{"id":"p"},"p":{"id":"p"}}}"#, "a key twice"),
        ] {
            let error = read(odd).unwrap_err();
            assert!(error.contains(wrong), "{odd}: {error}");
        }
    }

    #[test]
    fn a_peer_that_was_not_asked_for_is_not_told() {
        let json = br#"{"peers":{"p":{"id":"p","user_id":"u","role":"host"},"q":{"id":"q","user_id":"v","role":"host"}}}"#;
        assert_eq!(peers(json, &ALL).unwrap().len(), 2);
        assert_eq!(peers(json, &Filter { role: Some("host".into()), ..ALL }).unwrap().len(), 2);
        for filter in [of_user("u"), of_user("U"), Filter { role: Some("Host".into()), ..ALL }] {
            assert!(peers(json, &filter).unwrap_err().contains("not asked for"), "{filter:?}");
        }
    }

    #[test]
    fn a_room_is_the_one_that_was_asked_for() {
        let json =
            br#"{"id":"r","session":{"id":"s","created_at":"2021-11-30T12:58:49Z","peers":["p","q"]}}"#;
        assert_eq!(room(json, "r").unwrap().peer_ids, ["p", "q"]);
        assert!(room(json, "R").is_err());
        for odd in [
            r#"{"id":"r"}"#,
            r#"{"id":"r","session":{}}"#,
            r#"{"id":"r","session":{"peers":[7]}}"#,
            r#"{"id":"r","session":{"peers":[""]}}"#,
            r#"{"id":"r","session":{"peers":"p"}}"#,
        ] {
            assert!(room(odd.as_bytes(), "r").is_err(), "{odd}");
        }
    }
}
