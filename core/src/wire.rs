//! The request as it goes on the wire.

use serde::Serialize;

use crate::recipient::Recipient;
use crate::request::ValidRequest;

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

#[cfg(test)]
mod tests {
    use crate::Request;

    fn body_of(request: Request) -> String {
        String::from_utf8(super::body(&request.validate().unwrap())).unwrap()
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
