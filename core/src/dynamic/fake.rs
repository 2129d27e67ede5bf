//! A fake server as dynamic languages use it: what is given by name and of any type is checked here.

use std::time::{Duration, SystemTime};

use crate::api::{Argument, Operation, Peer, Spelling, find_option, out_of_range, validate};
use crate::client::Client;
use crate::error::Error;
use crate::fake::{Fake, FakeFailure, FakePeer};
use crate::net::{FakeCall, FakeResponse};

use super::call::Call;
use super::given::Given;

/// When everybody joined: `JOINED_AT` of the rooms, in seconds since 1970.
const JOINED_AT: u64 = 1_767_225_600;
/// The statuses that a call can fail with. Others are successes, or none of a response.
const STATUSES: std::ops::RangeInclusive<u16> = 300..=599;
const PEER_OPTIONS: [&str; 5] = ["peer_id", "role", "user_id", "name", "metadata"];

impl Client {
    /// For language bindings: [`Call::into_operation`], of a call of this client. A fake server records a call that is refused.
    ///
    /// # Errors
    /// As [`Call::into_operation`].
    pub fn operation(&self, call: Call) -> Result<Operation<'static>, Error> {
        if !self.has_fake_server() {
            return call.into_operation();
        }
        let record = call.fake_call();
        call.into_operation().inspect_err(|error| self.record_refused(|| record, error))
    }

    /// For language bindings: has a fake server record a call with an argument that the binding could not convert.
    pub fn refuse(&self, call: &Call, error: &Error) {
        self.record_refused(|| call.fake_call(), error);
    }
}

impl Fake {
    /// For language bindings: a peer joins a room, with what is given by name: `peer_id`, by default one of its own; `role`, by
    /// default "guest"; `user_id`, `name` and `metadata`, by default empty. Returns it as `list_peers` does.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), naming the argument.
    pub fn join_by_name(
        &self,
        room_id: Argument,
        options: impl IntoIterator<Item = (String, Argument)>,
        spelling: Spelling,
    ) -> Result<Peer, Error> {
        let room_id = room(room_id, spelling)?;
        let mut peer = FakePeer::new("", "guest");
        for (given, value) in options {
            let name = find_option(&given, &PEER_OPTIONS, &[], spelling)?;
            if value == Argument::Undefined {
                continue;
            }
            let text = Given { name: &given, value }.text()?;
            if !["name", "metadata"].contains(&name) {
                validate::name(&given, &text)?;
            }
            match name {
                "peer_id" => peer.peer_id = text,
                "role" => peer.role = text,
                "user_id" => peer.user_id = text,
                "name" => peer.name = text,
                _ => peer.metadata = text,
            }
        }
        let FakePeer { role, user_id, name, metadata, .. } = peer.clone();
        let peer_id = self.join(room_id, peer);
        let joined_at = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(JOINED_AT));
        Ok(Peer { peer_id, name, user_id, metadata, role, joined_at })
    }

    /// For language bindings: a peer leaves a room.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), naming the argument.
    pub fn leave_by_name(
        &self,
        room_id: Argument,
        peer_id: Argument,
        spelling: Spelling,
    ) -> Result<(), Error> {
        let room_id = room(room_id, spelling)?;
        let field = spelling.of("peer_id");
        let peer_id = Given { name: &field, value: peer_id }.text()?;
        validate::name(&field, &peer_id)?;
        self.leave(&room_id, &peer_id);
        Ok(())
    }

    /// For language bindings: the next calls fail. `failure` is a status from 300 to 599; "not_sent": there is no connection;
    /// "unknown": the connection breaks after the request was sent; or "late": the deadline passes without a response. The
    /// options are `count`, how many calls, by default 1; `attempts`, how many of each one's attempts, by default all; and the
    /// wait of a status's `Retry-After`, as the language spells times: `retry_after` in seconds or `retry_after_ms`.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), naming the argument.
    pub fn fail_next_by_name(
        &self,
        failure: Argument,
        options: impl IntoIterator<Item = (String, Argument)>,
        spelling: Spelling,
    ) -> Result<(), Error> {
        let mut failure = named_failure(failure)?;
        let retry_after = match spelling {
            Spelling::Snake => "retry_after",
            _ => "retry_after_ms",
        };
        for (given, value) in options {
            let name = find_option(&given, &["count", "attempts", retry_after], &[], spelling)?;
            if value == Argument::Undefined {
                continue;
            }
            let option = Given { name: &given, value };
            failure = match name {
                "count" => failure.calls(at_least_one(option)?),
                "attempts" => failure.attempts(at_least_one(option)?),
                _ => {
                    let seconds = option.number()? * spelling.timeout_unit();
                    if !(0.0..=86_400.0).contains(&seconds) {
                        return Err(Error::invalid_request(out_of_range(&given, "0 to a day")));
                    }
                    failure.retry_after(seconds.ceil() as u64)
                }
            };
        }
        self.fail_next(failure);
        Ok(())
    }
}

fn room(room_id: Argument, spelling: Spelling) -> Result<String, Error> {
    let field = spelling.of("room_id");
    let room_id = Given { name: &field, value: room_id }.text()?;
    validate::room_id(&field, &room_id).map(|()| room_id)
}

fn at_least_one(option: Given<'_>) -> Result<u32, Error> {
    let name = option.name;
    match option.whole_number()? {
        0 => Err(Error::invalid_request(out_of_range(name, "at least 1"))),
        number => Ok(number),
    }
}

fn named_failure(failure: Argument) -> Result<FakeFailure, Error> {
    let advice = "Give a status from 300 to 599, \"not_sent\", \"unknown\" or \"late\".";
    let wrong = |what: String| Err(Error::invalid_request(what).advice(advice));
    Ok(match failure {
        Argument::Number(status) if STATUSES.contains(&(status as u16)) && status.fract() == 0.0 => {
            FakeFailure::status(status as u16)
        }
        Argument::Number(_) => return wrong("failure is not the status of a failure".to_owned()),
        Argument::Text(name) => FakeFailure::new(match &*name {
            "not_sent" => FakeResponse::NoConnection,
            "unknown" => FakeResponse::ConnectionLost,
            "late" => FakeResponse::NoResponse,
            _ => return wrong("failure is not the name of one".to_owned()),
        }),
        other => return wrong(format!("failure {}", other.describe())),
    })
}

impl Call {
    /// What is known of it, as it was given.
    fn fake_call(&self) -> FakeCall {
        let method = match self.method() {
            "list_peers" | "list_peers_of_user" | "list_peers_of_role" => "list_peers",
            "get_room" => "get_room",
            _ => "send_message",
        };
        let mut call = FakeCall::new(method);
        for (name, text) in self.texts() {
            let field = match name {
                "room_id" => &mut call.room_id,
                "peer_id" => &mut call.peer_id,
                "role" => &mut call.role,
                "user_id" => &mut call.user_id,
                "message" => &mut call.message,
                "type" => &mut call.message_type,
                _ => continue,
            };
            *field = Some(text.to_owned());
        }
        call
    }
}
