//! A call compared with the model: the recipients on the wire are those that were named, or nothing is sent.

use std::borrow::Cow;

use serde_json::Value;

use super::model::{Audience, Given};
use crate::api::{ApiRequest, Argument, Operation, Spelling};
use crate::dynamic::Call;
use crate::error::{Error, ErrorKind, Outcome};
use crate::net::{BaseUrl, DEFAULT_BASE_URL};

/// What holds for every error: one line of bounded length.
pub(super) fn is_proper(error: &Error) {
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(!text.contains(super::texts::breaks_line), "more than one line: {text:?}");
        assert!(text.len() < 64 * 1024, "an endless text");
    }
}

/// Compares what the core makes of a call with what the model expects.
pub(super) fn hold(given: &Given) {
    let made = on_the_wire(given);
    match (&made, given.sent()) {
        (Ok((path, body)), Some(sent)) => {
            assert_eq!(body, &sent.body());
            let wanted = format!("/v2/active-rooms/{}/send-message", sent.room_id);
            assert_eq!(path, &wanted);
        }
        (Err(error), None) => {
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::InvalidRequest, Outcome::NotSent));
            is_proper(error);
        }
        (Ok((_, body)), None) => panic!("nothing may be sent for {given:?}, but {body} would be"),
        (Err(error), Some(sent)) => panic!("{sent:?} was to be sent, but: {error}"),
    }
    if let Ok((_, body)) = made {
        never_wider(given, &body);
    }
}

/// The promise itself, without the model: if a target is named in any way, the message does not go to everyone; if a peer is
/// named, it does not go to a role.
fn never_wider(given: &Given, body: &str) {
    let body: Value = serde_json::from_str(body).unwrap();
    let (peer_id, role) = (body.get("peer_id"), body.get("role"));
    assert!(peer_id.is_none() || role.is_none(), "two audiences in {body}");
    let named = |part: &str| given.options.iter().any(|(name, _)| name.to_lowercase().contains(part));
    let names_peer = given.method == "send_to_peer" || named("peer");
    let names_role = given.method == "send_to_role" || named("role");
    if names_peer {
        assert!(peer_id.is_some(), "a peer was named, but {body} is for others too");
    } else if names_role {
        assert!(role.is_some(), "a role was named, but {body} is for others too");
    }
}

/// The operation that a call is.
pub(super) fn operation(given: &Given) -> Result<Operation<'static>, Error> {
    let mut call = Call::new(given.method, given.spelling)?;
    if let Some(room_id) = given.room_id.clone() {
        call = call.argument("room_id", room_id);
    }
    if let Some(message) = given.message.clone() {
        call = call.argument("message", message);
    }
    if let (Some(parameter), Some(target)) = (given.target_parameter(), given.target.clone()) {
        call = call.argument(parameter, target);
    }
    for (name, value) in given.options.clone() {
        call = call.option(name, value);
    }
    call.into_operation()
}

/// The path and the body that would be sent.
fn on_the_wire(given: &Given) -> Result<(String, String), Error> {
    let Operation::Api(request) = operation(given)? else { panic!("not one request") };
    encoded(&request)
}

pub(super) fn encoded(request: &ApiRequest<'_>) -> Result<(String, String), Error> {
    let encoded = request.encode()?;
    let uri = BaseUrl::parse("base_url", DEFAULT_BASE_URL)?.join(&encoded.path);
    Ok((uri.path().to_owned(), String::from_utf8(encoded.body.unwrap()).unwrap()))
}

/// The same for Rust callers, who have a type of their own.
pub(super) fn hold_request(room_id: &str, message: &str, peer_id: Option<&str>, role: Option<&str>) {
    let mut request = crate::Request::new(room_id, message);
    let mut options = Vec::new();
    if let Some(role) = role {
        request = request.role(role);
        options.push(("role".to_owned(), Argument::Text(role.to_owned())));
    }
    if let Some(peer_id) = peer_id {
        request = request.peer_id(peer_id);
        options.push(("peer_id".to_owned(), Argument::Text(peer_id.to_owned())));
    }
    let given = Given {
        method: "send_message",
        spelling: Spelling::Snake,
        room_id: Some(Argument::Text(room_id.to_owned())),
        message: Some(Argument::Text(message.to_owned())),
        target: None,
        options,
    };
    let encoded = ApiRequest::SendMessage(Cow::Borrowed(&request)).encode();
    let body = encoded.ok().map(|encoded| String::from_utf8(encoded.body.unwrap()).unwrap());
    assert_eq!(body, given.sent().map(|sent| sent.body()));
    if let (Ok(recipient), Some(sent)) = (request.recipient(), given.sent()) {
        let audience = match recipient {
            crate::Recipient::Everyone => Audience::Everyone,
            crate::Recipient::Peer(peer_id) => Audience::Peer(peer_id),
            crate::Recipient::Role(role) => Audience::Role(role),
        };
        assert_eq!(audience, sent.audience);
    }
}
