//! What a call asked for, for a fake server's record of it.

use serde::Deserialize;

use crate::net::FakeCall;

use super::{ApiRequest, Operation, Request, Target};

/// The members of a send's body.
#[derive(Deserialize)]
struct Body {
    message: String,
    peer_id: Option<String>,
    role: Option<String>,
    r#type: Option<String>,
}

impl ApiRequest<'_> {
    pub(crate) fn method(&self) -> &'static str {
        match self {
            ApiRequest::SendMessage(_) => "send_message",
            ApiRequest::ListPeers(_) => "list_peers",
            ApiRequest::GetRoom(_) => "get_room",
        }
    }

    /// The call of a request that is sent, with its body.
    pub(crate) fn fake_call_of(&self, body: &[u8]) -> FakeCall {
        let call = self.fake_call();
        match serde_json::from_slice(body) {
            Ok(Body { message, peer_id, role, r#type }) if !self.is_idempotent() => {
                FakeCall { peer_id, role, message: Some(message), message_type: r#type, ..call }
            }
            _ => call,
        }
    }

    /// The call, as it was given.
    pub(crate) fn fake_call(&self) -> FakeCall {
        let call = FakeCall { room_id: Some(self.room_id().to_owned()), ..FakeCall::new(self.method()) };
        match self {
            ApiRequest::SendMessage(request) => request.given(call),
            ApiRequest::ListPeers(query) => {
                FakeCall { user_id: text(&query.user_id), role: text(&query.role), ..call }
            }
            ApiRequest::GetRoom(_) => call,
        }
    }
}

impl Operation<'_> {
    /// The call, as it was given; of several recipients none.
    pub(crate) fn fake_call(&self) -> FakeCall {
        match self {
            Operation::Api(request) => request.fake_call(),
            Operation::Multicast(request) => {
                let request = &request.request;
                let call = FakeCall::new("send_message");
                request.given(FakeCall { room_id: Some(request.room_id.clone()), ..call })
            }
        }
    }
}

impl Request {
    fn given(&self, call: FakeCall) -> FakeCall {
        let (message, own_type) = self.message.given();
        let message_type = self.message_type.clone().or_else(|| own_type.map(str::to_owned));
        let (peer_id, role) = (text(&self.peer_id), text(&self.role));
        FakeCall { peer_id, role, message: Some(message.into_owned()), message_type, ..call }
    }
}

fn text(target: &Option<Target>) -> Option<String> {
    match target {
        Some(Target::Text(text)) => Some(text.clone()),
        _ => None,
    }
}
