//! Who is in a room: the peers and the room, parsed from the server's response (100ms documentation, "Active rooms").

use std::time::SystemTime;

use serde_json::{Map, Value};

use super::json::{MAX_RESPONSE_NESTING, Members, parse_object};
use super::{PeerQuery, RoomQuery, validate};

/// A peer that is in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Peer {
    /// The peer's id, for sending messages to it while it is in the room. A user who joins again gets another one.
    pub peer_id: String,
    /// The peer's display name.
    pub name: String,
    /// The user, as named in the peer's token: the same each time they join. Empty if it named none.
    pub user_id: String,
    /// Text that the peer set for itself, mostly JSON. Not verified.
    pub metadata: String,
    /// The role that the peer has now.
    pub role: String,
    /// When the peer joined, if the server sent it.
    pub joined_at: Option<SystemTime>,
}

/// A room that somebody is in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Room {
    /// The room's id.
    pub room_id: String,
    /// The room's name; empty if the server sent none.
    pub name: String,
    /// The 100ms account that it belongs to; empty if the server sent none.
    pub customer_id: String,
    /// The session: the time from a room's first peer to its last. Empty if the server sent none.
    pub session_id: String,
    /// When the session began, if the server sent it.
    pub created_at: Option<SystemTime>,
    /// The peers that are in the room, as the server orders them.
    pub peer_ids: Vec<String>,
}

/// Parses `{"peers": {"<peer_id>": {…}}}`. A peer that does not match the query is an error: the server ignored the query, and
/// what is meant for one user would be sent to all.
pub(super) fn parse_peers(body: &[u8], query: &PeerQuery) -> Result<Vec<Peer>, String> {
    let object = parse_object("the answer", body, MAX_RESPONSE_NESTING)?;
    let body = Members { of: "", object: &object };
    let Some(peers) = body.object("peers")? else { return Err("the answer has no peers".to_owned()) };
    peers.iter().map(|(id, peer)| parse_peer(id, peer, query)).collect()
}

fn parse_peer(id: &str, peer: &Value, query: &PeerQuery) -> Result<Peer, String> {
    let none = Map::new();
    let members = Members { of: "a peer's ", object: peer.as_object().unwrap_or(&none) };
    let peer_id = members.name("id")?;
    if peer_id != id {
        return Err("a peer in the answer has two ids".to_owned());
    }
    let user_id = members.name_or_empty("user_id")?;
    let role = members.name_or_empty("role")?;
    for (wanted, has) in [(&query.user_id, &user_id), (&query.role, &role)] {
        if wanted.as_ref().is_some_and(|wanted| !wanted.is(has)) {
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

/// Parses `{"id", "name", "customer_id", "session": {"id", "created_at", "peers": […]}}`.
pub(super) fn parse_room(body: &[u8], query: &RoomQuery) -> Result<Room, String> {
    let object = parse_object("the answer", body, MAX_RESPONSE_NESTING)?;
    let body = Members { of: "", object: &object };
    let room_id = body.room_id("id")?;
    if room_id != query.room_id {
        return Err("the answer is about another room".to_owned());
    }
    let Some(session) = body.object("session")? else { return Err("the answer has no session".to_owned()) };
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
        name: body.text("name"),
        customer_id: body.text("customer_id"),
        session_id: session.text("id"),
        created_at: session.time("created_at"),
        peer_ids: ids.collect::<Result<_, String>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> PeerQuery {
        PeerQuery::new("r")
    }

    #[test]
    fn ids_and_roles_are_read_strictly_and_the_rest_leniently() {
        let read = |json: &str| parse_peers(json.as_bytes(), &all());
        let found =
            read(r#"{"peers":{"p":{"id":"p","user_id":"u","role":"host","name":7,"tracks":{}}},"x":1}"#)
                .unwrap();
        assert_eq!((found.len(), found[0].user_id.as_str(), found[0].name.as_str()), (1, "u", ""));
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
    fn a_peer_that_was_not_queried_is_an_error() {
        let json = br#"{"peers":{"p":{"id":"p","user_id":"u","role":"host"},"q":{"id":"q","user_id":"v","role":"host"}}}"#;
        assert_eq!(parse_peers(json, &all()).unwrap().len(), 2);
        assert_eq!(parse_peers(json, &all().role("host")).unwrap().len(), 2);
        for query in [all().user_id("u"), all().user_id("U"), all().role("Host")] {
            assert!(parse_peers(json, &query).unwrap_err().contains("not asked for"), "{query:?}");
        }
    }

    #[test]
    fn a_room_is_the_one_that_was_queried() {
        let json =
            br#"{"id":"r","session":{"id":"s","created_at":"2021-11-30T12:58:49Z","peers":["p","q"]}}"#;
        assert_eq!(parse_room(json, &RoomQuery::new("r")).unwrap().peer_ids, ["p", "q"]);
        assert!(parse_room(json, &RoomQuery::new("R")).is_err());
        for odd in [
            r#"{"id":"r"}"#,
            r#"{"id":"r","session":{}}"#,
            r#"{"id":"r","session":{"peers":[7]}}"#,
            r#"{"id":"r","session":{"peers":[""]}}"#,
            r#"{"id":"r","session":{"peers":"p"}}"#,
        ] {
            assert!(parse_room(odd.as_bytes(), &RoomQuery::new("r")).is_err(), "{odd}");
        }
    }
}
