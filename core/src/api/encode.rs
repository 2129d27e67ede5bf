//! Requests as they are written on the wire: path, query and JSON body.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::error::Error;

use super::Operation;
use super::queries::ValidPeerQuery;
use super::recipient::Recipient;
use super::request::ValidRequest;

/// A checked operation, ready to be sent.
pub(crate) struct EncodedRequest {
    /// Below the base URL. Ids need no escaping: validation allows no character that would.
    pub(crate) path: String,
    /// The JSON body of a POST; a GET has none.
    pub(crate) body: Option<Vec<u8>>,
}

impl Operation<'_> {
    /// Checks the operation's arguments, and encodes them.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), naming the argument.
    pub(crate) fn encode(&self) -> Result<EncodedRequest, Error> {
        Ok(match self {
            Operation::SendMessage(request) => {
                let request = request.validate()?;
                let path = ["/active-rooms/", request.room_id, "/send-message"].concat();
                EncodedRequest { path, body: Some(message_body(&request)) }
            }
            Operation::ListPeers(query) => {
                EncodedRequest { path: peers_path(&query.validate()?), body: None }
            }
            Operation::GetRoom(query) => {
                EncodedRequest { path: ["/active-rooms/", query.validate()?].concat(), body: None }
            }
        })
    }
}

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

fn message_body(request: &ValidRequest<'_>) -> Vec<u8> {
    let (peer_id, role) = match &request.recipient {
        Recipient::Peer(peer_id) => (Some(peer_id.as_str()), None),
        Recipient::Role(role) => (None, Some(role.as_str())),
        Recipient::Everyone => (None, None),
    };
    let body = Body { message: request.message, peer_id, role, message_type: request.message_type };
    serde_json::to_vec(&body).expect("text always serialises")
}

fn peers_path(query: &ValidPeerQuery<'_>) -> String {
    let mut path = format!("/active-rooms/{}/peers", query.room_id);
    let mut separator = '?';
    for (name, value) in [("user_id", query.user_id), ("role", query.role)] {
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
    use std::borrow::Cow;

    use crate::{Operation, PeerQuery, Request};

    fn body_of(request: Request) -> String {
        let encoded = Operation::SendMessage(Cow::Owned(request)).encode().unwrap();
        String::from_utf8(encoded.body.unwrap()).unwrap()
    }

    #[test]
    fn a_query_holds_what_was_named_and_nothing_else() {
        let path = |query: PeerQuery| Operation::ListPeers(Cow::Owned(query)).encode().unwrap().path;
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
