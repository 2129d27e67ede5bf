//! A call whose arguments' presence and types are known only at run time, as dynamic languages make it.
//!
//! The language bindings hand over what their callers gave, as it was given, and hold no rule themselves:
//! what is missing, null, of another type, or unknown is judged here, once for every language.

use crate::error::{Error, Outcome};
use crate::recipient::Target;
use crate::request::{Request, Spelling};
use crate::rooms::PeerQuery;

/// The method that was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `send_message(room_id, message, [peer_id], [role], [type])`
    SendMessage,
    /// `send_to_peer(room_id, peer_id, message, [type])`
    SendToPeer,
    /// `send_to_role(room_id, role, message, [type])`
    SendToRole,
    /// `broadcast(room_id, message, [type])`
    Broadcast,
    /// `list_peers(room_id, [user_id], [role])`
    ListPeers,
    /// `get_room(room_id)`
    GetRoom,
}

impl Method {
    /// The options that the method knows, as the language spells them.
    pub fn option_names(self, spelling: Spelling) -> Vec<String> {
        self.options().iter().map(|name| spelling.of(name)).collect()
    }

    fn options(self) -> &'static [&'static str] {
        match self {
            Method::SendMessage => &["peer_id", "role", "type"],
            Method::SendToPeer | Method::SendToRole | Method::Broadcast => &["type"],
            Method::ListPeers => &["user_id", "role"],
            Method::GetRoom => &[],
        }
    }
}

/// An argument as the caller gave it.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// Given, but null: `None`, `null`, `undefined`.
    Null,
    /// Text.
    Text(String),
    /// Text that is not valid Unicode, and so cannot be sent as it was given: a lone surrogate, bytes that are not UTF-8.
    NotUnicode,
    /// A whole or fractional number.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// Anything else; the text names its type as the language does, e.g. `"list"`.
    Other(String),
}

impl Argument {
    pub(crate) fn describe(&self) -> String {
        match self {
            Argument::Null => "is null".into(),
            Argument::Text(_) => "is text".into(),
            Argument::NotUnicode => "is not valid Unicode".into(),
            Argument::Number(_) => "is a number".into(),
            Argument::Bool(_) => "is a boolean".into(),
            Argument::Other(name) => format!("is of type {}", printable(name)),
        }
    }
}

/// What a call asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// To send a message.
    Send(Request),
    /// For peers of a room.
    Peers(PeerQuery),
    /// For a room.
    Room {
        /// The room.
        room_id: String,
        /// How error texts spell the argument's name.
        spelling: Spelling,
    },
}

/// One call with its arguments as they were given. An argument that is not there at all is simply not set.
#[derive(Debug)]
pub struct Call {
    method: Method,
    spelling: Spelling,
    room_id: Option<Argument>,
    message: Option<Argument>,
    target: Option<Argument>,
    options: Vec<(String, Argument)>,
}

impl Call {
    /// A call without arguments yet. Error texts spell names in the language's way.
    pub fn new(method: Method, spelling: Spelling) -> Self {
        Call { method, spelling, room_id: None, message: None, target: None, options: Vec::new() }
    }

    /// The argument `room_id`.
    pub fn room_id(mut self, value: Argument) -> Self {
        self.room_id = Some(value);
        self
    }

    /// The argument `message`.
    pub fn message(mut self, value: Argument) -> Self {
        self.message = Some(value);
        self
    }

    /// The target of `send_to_peer` and `send_to_role`, which take it as an argument of their own.
    pub fn target(mut self, value: Argument) -> Self {
        self.target = Some(value);
        self
    }

    /// An option, by the name that the caller wrote.
    pub fn option(mut self, name: impl Into<String>, value: Argument) -> Self {
        self.options.push((name.into(), value));
        self
    }

    /// Judges names and types, and says what is asked for. What the text says is judged when it is sent.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), naming the argument.
    pub fn into_ask(self) -> Result<Ask, Error> {
        match self.method {
            Method::ListPeers | Method::GetRoom => self.into_question(),
            _ => self.into_request().map(Ask::Send),
        }
    }

    fn into_question(self) -> Result<Ask, Error> {
        let spelling = self.spelling;
        let mut user_id = None;
        let mut role = None;
        for (name, value) in self.options {
            match known_option(&name, self.method.options(), spelling)? {
                "user_id" => user_id = Some(value),
                _ => role = Some(value),
            }
        }
        let room_id = required(spelling.room_id(), self.room_id)?;
        if self.method == Method::GetRoom {
            return Ok(Ask::Room { room_id, spelling });
        }
        let mut query = PeerQuery::new(room_id);
        query.spelling = spelling;
        query.user_id = user_id.map(|value| target(&spelling.of("user_id"), value)).transpose()?;
        query.role = role.map(|value| target("role", value)).transpose()?;
        Ok(Ask::Peers(query))
    }

    /// As [`into_ask`](Call::into_ask), for the methods that send.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), naming the argument.
    pub fn into_request(self) -> Result<Request, Error> {
        let spelling = self.spelling;
        let mut peer_id = None;
        let mut role = None;
        let mut message_type = None;
        for (name, value) in self.options {
            match known_option(&name, self.method.options(), spelling)? {
                "peer_id" => peer_id = Some(value),
                "role" => role = Some(value),
                _ => message_type = Some(value),
            }
        }
        // These take their target as an argument, so it cannot be left out: a missing one counts as null.
        match self.method {
            Method::SendToPeer => peer_id = Some(self.target.unwrap_or(Argument::Null)),
            Method::SendToRole => role = Some(self.target.unwrap_or(Argument::Null)),
            _ => {}
        }

        let mut request =
            Request::new(required(spelling.room_id(), self.room_id)?, required("message", self.message)?);
        request.spelling = spelling;
        request.peer_id = peer_id.map(|value| target(spelling.peer_id(), value)).transpose()?;
        request.role = role.map(|value| target("role", value)).transpose()?;
        request.message_type = message_type.map(|value| required("type", Some(value))).transpose()?;
        Ok(request)
    }
}

fn required(field: &str, value: Option<Argument>) -> Result<String, Error> {
    match value {
        Some(Argument::Text(text)) => Ok(text),
        Some(other) => Err(not_text(field, &other)),
        None => Err(not_text(field, &Argument::Null)),
    }
}

fn target(field: &str, value: Argument) -> Result<Target, Error> {
    match value {
        Argument::Null => Ok(Target::Null),
        Argument::Text(text) => Ok(Target::Text(text)),
        other => Err(not_text(field, &other)),
    }
}

fn not_text(field: &str, value: &Argument) -> Error {
    let advice = match field {
        "room_id" | "roomId" => "Give the id of the room, as text.",
        "message" => "Give the text to deliver.",
        "type" => "Give a kind of message such as \"chat\", as text, or leave it out.",
        _ => "Give it as text.",
    };
    let not_text = match value {
        Argument::Null | Argument::NotUnicode => "",
        _ => ", not text",
    };
    Error::invalid_request(format!("{field} {}{not_text}", value.describe())).advice(advice)
}

impl Error {
    /// For language bindings: an argument that only their language has, such as `signal`, is of the wrong type.
    /// `wanted` says what it takes.
    pub fn wrong_argument(name: &str, value: &Argument, wanted: &str) -> Error {
        Error::invalid_request(format!("{name} {}; it takes {wanted}", value.describe()))
    }

    /// For language bindings: the caller gave the send up before it was started.
    pub fn cancelled_before_start() -> Error {
        crate::delivery::cancelled(Outcome::NotSent)
    }
}

/// Finds an option by the caller's spelling, or says which one was likely meant.
pub(crate) fn known_option(
    given: &str,
    known: &[&'static str],
    spelling: Spelling,
) -> Result<&'static str, Error> {
    if let Some(name) = known.iter().find(|name| spelling.of(name) == given) {
        return Ok(name);
    }
    let plain = |name: &str| name.replace(['_', '-', ' '], "").to_ascii_lowercase();
    let likely = known.iter().min_by_key(|name| strsim::osa_distance(&plain(name), &plain(given)));
    let hint = match likely {
        Some(name) if resembles(&plain(name), &plain(given)) => {
            format!("did you mean {}?", spelling.of(name))
        }
        Some(_) => {
            let names: Vec<_> = known.iter().map(|name| spelling.of(name)).collect();
            format!("known: {}", names.join(", "))
        }
        None => "known: none".to_owned(),
    };
    Err(Error::invalid_request(format!("unknown option {} ({hint})", printable(given))))
}

fn resembles(known: &str, given: &str) -> bool {
    let shorter = given.len().min(known.len());
    strsim::osa_distance(known, given) <= 2.min(shorter / 2)
        || (shorter >= 3 && (known.starts_with(given) || given.starts_with(known)))
}

/// A caller's own word for an error text: short, and without control characters.
fn printable(word: &str) -> String {
    let short: String = word.chars().take(40).flat_map(char::escape_debug).collect();
    if word.chars().count() > 40 { format!("{short}…") } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Argument {
        Argument::Text(value.into())
    }

    fn hint(given: &str, spelling: Spelling) -> String {
        known_option(given, Method::SendMessage.options(), spelling).unwrap_err().to_string()
    }

    #[test]
    fn likely_spellings() {
        for given in ["peer_id", "PeerId", "peerID", "peer", "perId", "peer-id"] {
            assert!(hint(given, Spelling::Camel).contains("did you mean peerId?"), "{given}");
        }
        for given in ["peerId", "peerid", "PEER_ID", "peer", "pere_id"] {
            assert!(hint(given, Spelling::Snake).contains("did you mean peer_id?"), "{given}");
        }
        assert!(hint("roles", Spelling::Snake).contains("did you mean role?"));
        assert!(hint("x", Spelling::Snake).contains("known: peer_id, role, type"));
    }

    #[test]
    fn a_missing_target_is_not_everyone() {
        for method in [Method::SendToPeer, Method::SendToRole] {
            let call = Call::new(method, Spelling::Snake).room_id(text("r")).message(text("hi"));
            assert!(call.into_request().unwrap().recipient().is_err(), "{method:?}");
        }
    }

    #[test]
    fn helpers_take_no_second_target() {
        for method in [Method::SendToPeer, Method::SendToRole, Method::Broadcast] {
            for option in ["peer_id", "role"] {
                let call = Call::new(method, Spelling::Snake)
                    .room_id(text("r"))
                    .message(text("hi"))
                    .target(text("t"))
                    .option(option, text("x"));
                assert!(call.into_request().is_err(), "{method:?} {option}");
            }
        }
    }

    #[test]
    fn what_only_one_language_has_is_told_like_the_rest() {
        for (value, text) in [
            (Argument::Null, "signal is null; it takes an AbortSignal"),
            (Argument::Other("object".into()), "signal is of type object; it takes an AbortSignal"),
        ] {
            let error = Error::wrong_argument("signal", &value, "an AbortSignal");
            assert!(error.to_string().contains(text), "{error}");
            assert_eq!(error.kind(), crate::ErrorKind::InvalidRequest);
            assert_eq!(error.outcome(), Outcome::NotSent);
        }
        let error = Error::cancelled_before_start();
        assert_eq!((error.kind(), error.outcome()), (crate::ErrorKind::Cancelled, Outcome::NotSent));
        assert_eq!(Method::SendMessage.option_names(Spelling::Camel), ["peerId", "role", "type"]);
    }

    #[test]
    fn a_number_is_not_text() {
        let call = Call::new(Method::SendMessage, Spelling::Snake).message(text("hi"));
        let error = call.room_id(Argument::Number(7.0)).into_request().unwrap_err();
        assert!(error.to_string().contains("room_id is a number, not text"), "{error}");
    }

    #[test]
    fn a_strange_name_is_shown_short_and_without_control_characters() {
        let shown = hint(&format!("\n{}", "é".repeat(100)), Spelling::Snake);
        assert!(shown.contains("\\n") && !shown.contains('\n') && shown.chars().count() < 250, "{shown}");
    }
}
