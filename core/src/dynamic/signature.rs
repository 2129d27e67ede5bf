//! The methods that every language offers: their parameters, their options, and the operations that they perform.

use std::borrow::Cow;

use crate::api::{
    ApiRequest, Audience, MulticastRequest, Operation, PeerQuery, Request, RoomQuery, Spelling, Target,
};
use crate::error::Error;

use super::arguments::Arguments;
use super::message::message;

pub(super) struct Signature {
    pub(super) name: &'static str,
    /// In their order. They cannot be omitted.
    pub(super) parameters: &'static [&'static str],
    /// By name only. They can be omitted. Besides, every method has those of a call.
    pub(super) options: &'static [&'static str],
    pub(super) operation: fn(Arguments) -> Result<Operation<'static>, Error>,
}

static SIGNATURES: [Signature; 12] = [
    Signature {
        name: "send_message",
        parameters: &["room_id", "message"],
        options: &["peer_id", "role", "type"],
        operation: send_message,
    },
    Signature {
        name: "send_to_peer",
        parameters: &["room_id", "peer_id", "message"],
        options: &["type"],
        operation: send_message,
    },
    Signature {
        name: "send_to_role",
        parameters: &["room_id", "role", "message"],
        options: &["type"],
        operation: send_message,
    },
    Signature {
        name: "broadcast",
        parameters: &["room_id", "message"],
        options: &["type"],
        operation: send_message,
    },
    Signature {
        name: "send_to_user",
        parameters: &["room_id", "user_id", "message"],
        options: &["type"],
        operation: |arguments| {
            multicast(arguments, |arguments| {
                // A parameter that was not given is null.
                Ok(Audience::User(arguments.target("user_id")?.unwrap_or(Target::Null)))
            })
        },
    },
    Signature {
        name: "send_to_users",
        parameters: &["room_id", "user_ids", "message"],
        options: &["type"],
        operation: |arguments| {
            multicast(arguments, |arguments| arguments.targets("user_ids").map(Audience::Users))
        },
    },
    Signature {
        name: "send_to_peers",
        parameters: &["room_id", "peer_ids", "message"],
        options: &["type"],
        operation: |arguments| {
            multicast(arguments, |arguments| arguments.targets("peer_ids").map(Audience::Peers))
        },
    },
    Signature {
        name: "send_to_roles",
        parameters: &["room_id", "roles", "message"],
        options: &["type"],
        operation: |arguments| {
            multicast(arguments, |arguments| arguments.targets("roles").map(Audience::Roles))
        },
    },
    Signature {
        name: "list_peers",
        parameters: &["room_id"],
        options: &["user_id", "role"],
        operation: list_peers,
    },
    Signature {
        name: "list_peers_of_user",
        parameters: &["room_id", "user_id"],
        options: &["role"],
        operation: list_peers,
    },
    Signature {
        name: "list_peers_of_role",
        parameters: &["room_id", "role"],
        options: &["user_id"],
        operation: list_peers,
    },
    Signature { name: "get_room", parameters: &["room_id"], options: &[], operation: get_room },
];

impl Signature {
    pub(super) fn find(name: &str) -> Option<&'static Signature> {
        SIGNATURES.iter().find(|signature| signature.name == name)
    }

    /// The names of all options, as the core writes them.
    pub(super) fn option_names(&self, spelling: Spelling) -> Vec<&'static str> {
        self.options.iter().copied().chain([spelling.timeout(), "max_attempts", "retry_unknown"]).collect()
    }
}

fn send_message(mut arguments: Arguments) -> Result<Operation<'static>, Error> {
    let mut request = Request::new(arguments.required_text("room_id")?, message(&mut arguments)?);
    request.spelling = arguments.spelling;
    request.peer_id = arguments.target("peer_id")?;
    request.role = arguments.target("role")?;
    request.message_type = arguments.optional_text("type")?;
    request.options = arguments.call_options()?;
    Ok(ApiRequest::SendMessage(Cow::Owned(request)).into())
}

fn multicast(
    mut arguments: Arguments,
    audience: fn(&mut Arguments) -> Result<Audience, Error>,
) -> Result<Operation<'static>, Error> {
    let mut request = Request::new(arguments.required_text("room_id")?, message(&mut arguments)?);
    request.spelling = arguments.spelling;
    request.message_type = arguments.optional_text("type")?;
    let audience = audience(&mut arguments)?;
    request.options = arguments.call_options()?;
    Ok(Operation::Multicast(Cow::Owned(MulticastRequest { request, audience })))
}

fn list_peers(mut arguments: Arguments) -> Result<Operation<'static>, Error> {
    let mut query = PeerQuery::new(arguments.required_text("room_id")?);
    query.spelling = arguments.spelling;
    query.user_id = arguments.target("user_id")?;
    query.role = arguments.target("role")?;
    query.options = arguments.call_options()?;
    Ok(ApiRequest::ListPeers(Cow::Owned(query)).into())
}

fn get_room(mut arguments: Arguments) -> Result<Operation<'static>, Error> {
    let mut query = RoomQuery::new(arguments.required_text("room_id")?);
    query.spelling = arguments.spelling;
    query.options = arguments.call_options()?;
    Ok(ApiRequest::GetRoom(Cow::Owned(query)).into())
}
