//! The request as it goes on the wire.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::recipient::Recipient;
use crate::request::ValidRequest;
use crate::rooms::Filter;

/// The body: `message` and only those of `peer_id`, `role` and `type` that apply, in this order.
#[derive(Serialize)]
struct Body<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", rename = "type")]
    message_type: Option<&'a str>,
}

/// The JSON body of a request.
pub(crate) fn body(request: &ValidRequest<'_>) -> Vec<u8> {
    let (peer_id, role) = match &request.recipient {
        Recipient::Peer(peer_id) => (Some(peer_id.as_str()), None),
        Recipient::Role(role) => (None, Some(role.as_str())),
        Recipient::Everyone => (None, None),
    };
    let body = Body { message: request.message, peer_id, role, message_type: request.message_type };
    serde_json::to_vec(&body).expect("text always serialises")
}

/// The request's path below the base URL, in parts. The id needs no escaping: validation saw to that.
pub(crate) fn path(room_id: &str) -> [&str; 3] {
    ["/active-rooms/", room_id, "/send-message"]
}

/// The same of a question for a room.
pub(crate) fn room_path(room_id: &str) -> [&str; 2] {
    ["/active-rooms/", room_id]
}

/// The same of a question for a room's peers, with its query.
pub(crate) fn peers_path(room_id: &str, filter: &Filter) -> String {
    let mut path = format!("/active-rooms/{room_id}/peers");
    let mut separator = '?';
    for (name, value) in [("user_id", &filter.user_id), ("role", &filter.role)] {
        if let Some(value) = value {
            path.push(separator);
            path += &format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC));
            separator = '&';
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use crate::{PeerQuery, Request};

    fn body_of(request: Request) -> String {
        String::from_utf8(super::body(&request.validate().unwrap())).unwrap()
    }

    #[test]
    fn a_query_holds_what_was_asked_and_nothing_else() {
        let path = |query: PeerQuery| super::peers_path(&query.room_id, &query.validate().unwrap());
        assert_eq!(path(PeerQuery::new("r")), "/active-rooms/r/peers");
        assert_eq!(
            path(PeerQuery::new("r").role("a b&user_id=x#é+")),
            "/active-rooms/r/peers?role=a%20b%26user%5Fid%3Dx%23%C3%A9%2B"
        );
        assert_eq!(
            path(PeerQuery::new("r").role("host").user_id("u/1")),
            "/active-rooms/r/peers?user_id=u%2F1&role=host"
        );
    }

    #[test]
    fn only_what_applies_is_written() {
        let request = || Request::new("r", "hi \"you\"\n\u{200B}é😀");
        let message = r#""message":"hi \"you\"\n"#.to_owned() + "\u{200B}é😀\"";
        assert_eq!(body_of(request()), format!("{{{message}}}"));
        assert_eq!(
            body_of(request().peer_id("p").role("host").message_type("chat")),
            format!(r#"{{{message},"peer_id":"p","type":"chat"}}"#)
        );
        assert_eq!(body_of(request().role("host")), format!(r#"{{{message},"role":"host"}}"#));
    }
}
