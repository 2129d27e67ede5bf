//! Requests as they are written on the wire: path, query and JSON body.

use std::borrow::Cow;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use crate::error::Error;

use super::ApiRequest;
use super::queries::ValidPeerQuery;
use super::recipient::Recipient;
use super::request::ValidRequest;

/// What a body has besides the message, in bytes, if nothing in it is long.
const BODY_FRAME: usize = 128;
/// The capacity that a body may have in vain, in bytes.
const MAX_SLACK: usize = 4096;

/// A checked operation, ready to be sent.
pub(crate) struct EncodedRequest {
    /// Below the base URL. Ids need no escaping: validation allows no character that would.
    pub(crate) path: String,
    /// The JSON body of a POST; a GET has none.
    pub(crate) body: Option<Vec<u8>>,
    /// Where the message stands in the body.
    pub(crate) message: MessageInBody,
}

/// Where the message stands in a body: it is stored once, and read from there to be redacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MessageInBody {
    /// There is none.
    Absent,
    /// So many bytes, as they were given.
    Plain(usize),
    /// With escapes.
    Escaped,
}

/// What stands before the message, without its quotation mark.
const BEFORE_MESSAGE: &str = r#"{"message":"#;

impl MessageInBody {
    fn find(message: &str, body: &[u8]) -> Self {
        let start = BEFORE_MESSAGE.len() + 1;
        let rest = body[start..].strip_prefix(message.as_bytes());
        // The quotation mark is its end: after an escape's backslash there would be another one.
        match rest.is_some_and(|rest| rest.starts_with(b"\"")) {
            true => MessageInBody::Plain(message.len()),
            false => MessageInBody::Escaped,
        }
    }

    /// The message that was encoded as `body`.
    pub(crate) fn text(self, body: &[u8]) -> Cow<'_, str> {
        let start = BEFORE_MESSAGE.len();
        match self {
            MessageInBody::Absent => Cow::Borrowed(""),
            MessageInBody::Plain(length) => {
                String::from_utf8_lossy(body.get(start + 1..start + 1 + length).unwrap_or_default())
            }
            MessageInBody::Escaped => {
                let mut json = serde_json::Deserializer::from_slice(body.get(start..).unwrap_or_default());
                Cow::Owned(String::deserialize(&mut json).unwrap_or_default())
            }
        }
    }
}

impl ApiRequest<'_> {
    /// Checks the operation's arguments, and encodes them.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), naming the argument.
    pub(crate) fn encode(&self) -> Result<EncodedRequest, Error> {
        Ok(match self {
            ApiRequest::SendMessage(request) => {
                let request = request.validate()?;
                let path = ["/active-rooms/", request.room_id, "/send-message"].concat();
                let body = message_body(&request);
                let message = MessageInBody::find(&request.message, &body);
                EncodedRequest { path, body: Some(body), message }
            }
            ApiRequest::ListPeers(query) => query_for(peers_path(&query.validate()?)),
            ApiRequest::GetRoom(query) => query_for(["/active-rooms/", query.validate()?].concat()),
        })
    }
}

fn query_for(path: String) -> EncodedRequest {
    EncodedRequest { path, body: None, message: MessageInBody::Absent }
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
    let body = Body { message: &request.message, peer_id, role, message_type: request.message_type };
    let mut bytes = Vec::with_capacity(request.message.len() + BODY_FRAME);
    serde_json::to_writer(&mut bytes, &body).expect("text always serialises");
    // It may wait for long. Escapes make it grow, in which case it has up to twice the capacity.
    if bytes.capacity() - bytes.len() > MAX_SLACK {
        bytes.shrink_to_fit();
    }
    bytes
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

    use super::MessageInBody;
    use crate::{ApiRequest, PeerQuery, Request};

    fn body_of(request: Request) -> String {
        let encoded = ApiRequest::SendMessage(Cow::Owned(request)).encode().unwrap();
        String::from_utf8(encoded.body.unwrap()).unwrap()
    }

    #[test]
    fn a_query_holds_what_was_named_and_nothing_else() {
        let path = |query: PeerQuery| ApiRequest::ListPeers(Cow::Owned(query)).encode().unwrap().path;
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
    fn the_message_is_found_in_the_body() {
        for (text, is_plain) in [
            ("hi", true),
            ("é😀 \u{200B}", true),
            ("\\", false),
            ("a\\\\", false),
            ("\\\"", false),
            ("\"", false),
            ("a\nb", false),
            ("\",\"message\":\"x", false),
        ] {
            let request = Request::new("r", text).peer_id("hi");
            let encoded = ApiRequest::SendMessage(Cow::Owned(request)).encode().unwrap();
            assert_eq!(encoded.message.text(&encoded.body.unwrap()), text);
            assert_eq!(encoded.message == MessageInBody::Plain(text.len()), is_plain, "{text}");
        }
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
