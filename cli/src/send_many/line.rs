//! One line of many: what it says, as the core's arguments by name. The core's rules decide whether it can be sent.

use std::fmt;

use ring::digest;
use roomcast::{Argument, Call, JsonText, Operation};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::client::SPELLING;
use crate::outcome::Failure;

/// A line of the input.
pub struct Line {
    /// Its number in the file, from 1 on. In CSV that of the record, and the header is 1.
    pub number: u64,
    /// By which it is noticed that a later run is given another input.
    pub digest: String,
    /// What can be sent, or what is wrong.
    pub operation: Result<Operation<'static>, Failure>,
    /// The room and the recipient, for the result.
    pub shown: Map<String, Value>,
}

/// What lines say that do not say it themselves.
#[derive(Debug, Clone, Default)]
pub struct Defaults {
    pub room_id: Option<String>,
    pub message_type: Option<String>,
}

/// The members of a line, in their order.
pub type Members = Vec<(String, Argument)>;

impl Line {
    pub fn new(number: u64, raw: &[u8], members: Result<Members, Failure>, defaults: &Defaults) -> Self {
        let digest = fingerprint(raw, defaults);
        let mut shown = Map::new();
        let operation = members.and_then(|mut members| {
            for (name, default) in [("room_id", &defaults.room_id), ("type", &defaults.message_type)] {
                if let Some(default) = default
                    && !members.iter().any(|(given, _)| given == name)
                {
                    members.push((name.to_owned(), Argument::Text(default.clone())));
                }
            }
            shown = show(&members);
            operation(members)
        });
        Line { number, digest, operation, shown }
    }
}

/// Makes the core's operation of a line. The core may not decide alone who everyone is: of a line without a recipient nobody
/// knows whether it was meant for everyone, or lost its recipient.
fn operation(members: Members) -> Result<Operation<'static>, Failure> {
    let mut call = Call::new("send_message", SPELLING)?.own_options(&["everyone"]);
    let mut everyone = None;
    let mut targets = 0;
    for (name, value) in members {
        match name.as_str() {
            "everyone" => everyone = Some(value),
            "user_id" => {
                return Err(Failure::Line(
                    "user_id: a line goes to a peer, a role or everyone. Nothing was sent. Name the user's peers, \
                     which `roomcast peers --user` lists."
                        .to_owned(),
                ));
            }
            _ => {
                targets += usize::from(name == "peer_id" || name == "role");
                call = call.by_name(name, value);
            }
        }
    }
    match (&everyone, targets) {
        (None, 0) => Err(Failure::Line(
            "the line names no recipient. Nothing was sent. Give peer_id or role, or everyone: true."
                .to_owned(),
        )),
        (Some(Argument::Bool(true)), 0) | (None, 1) => {
            Ok(call.structure(everyone.is_some()).into_operation()?)
        }
        (Some(Argument::Bool(true)), _) | (None, _) => Err(Failure::Line(
            "the line names more than one recipient. Nothing was sent. Give one of peer_id, role, everyone."
                .to_owned(),
        )),
        (Some(_), _) => Err(Failure::Line(
            "everyone is not true. Nothing was sent. Give everyone: true, or name a peer_id or a role."
                .to_owned(),
        )),
    }
}

/// What the result repeats of the line: never the message.
fn show(members: &Members) -> Map<String, Value> {
    let shown = members
        .iter()
        .filter(|(name, _)| ["room_id", "peer_id", "role", "everyone"].contains(&name.as_str()));
    let text = |value: &Argument| match value {
        Argument::Text(text) if text.len() <= roomcast::MAX_NAME => Some(Value::from(text.as_str())),
        Argument::Bool(flag) => Some(Value::from(*flag)),
        _ => None,
    };
    shown.filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect()
}

fn fingerprint(raw: &[u8], defaults: &Defaults) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in [&defaults.room_id, &defaults.message_type] {
        context.update(part.as_deref().unwrap_or("\0").as_bytes());
        context.update(b"\0");
    }
    context.update(raw);
    context.finish().as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Parses a line of JSON.
pub fn parse_json(raw: &[u8]) -> Result<Members, Failure> {
    let text = std::str::from_utf8(raw).map_err(|_| {
        Failure::Line("the line is not UTF-8. Nothing was sent. Save the file as UTF-8.".to_owned())
    })?;
    let object: RawObject<'_> = serde_json::from_str(text).map_err(|error| {
        // Without what the parser quotes of the line.
        let what = match error.is_data() {
            true if error.to_string().starts_with(TWICE) => "has a member twice",
            true => "is not a JSON object",
            false => "is not JSON",
        };
        let place = error.column();
        Failure::Line(format!(
            "the line {what} (column {place}). Nothing was sent. Give one object a line, such as \
             {{\"room_id\": …, \"peer_id\": …, \"message\": …}}."
        ))
    })?;
    object.0.into_iter().map(|(name, value)| Ok((name.clone(), argument(&name, value)?))).collect()
}

fn argument(name: &str, value: &RawValue) -> Result<Argument, Failure> {
    let text = value.get();
    Ok(match text.as_bytes().first() {
        Some(b'"') => serde_json::from_str(text).map_or(Argument::NotUnicode, Argument::Text),
        Some(b'n') => Argument::Null,
        Some(b't') => Argument::Bool(true),
        Some(b'f') => Argument::Bool(false),
        Some(b'{' | b'[') if name == "message" => Argument::Json(JsonText::parse("message", text)?),
        Some(b'{') => Argument::Other("object".to_owned()),
        Some(b'[') => Argument::Other("list".to_owned()),
        _ => Argument::Number(serde_json::from_str(text).unwrap_or(f64::NAN)),
    })
}

const TWICE: &str = "a member twice";

/// The members of an object as they are written. Of a name that occurs twice, nobody knows which one counts.
struct RawObject<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for RawObject<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = RawObject<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members: Vec<(String, &RawValue)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                    if members.iter().any(|(known, _)| *known == name) {
                        return Err(A::Error::custom(TWICE));
                    }
                    members.push((name, value));
                }
                Ok(RawObject(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// A cell of CSV. One that is empty counts as given: a look-up that found nothing.
pub fn cell(name: &str, text: &str) -> Argument {
    match (name, text) {
        ("everyone", "true") => Argument::Bool(true),
        _ => Argument::Text(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(json: &str) -> Line {
        let raw = json.as_bytes();
        Line::new(1, raw, parse_json(raw), &Defaults::default())
    }

    fn error(json: &str) -> String {
        line(json).operation.err().unwrap_or_else(|| panic!("{json}")).text()
    }

    #[test]
    fn a_line_names_one_recipient() {
        for good in [
            r#"{"room_id":"r","message":"hi","peer_id":"p"}"#,
            r#"{"room_id":"r","message":{"b":1,"a":[2]},"role":"host","type":"cards"}"#,
            r#"{"room_id":"r","message":"hi","everyone":true}"#,
        ] {
            assert!(line(good).operation.is_ok(), "{good}");
        }
        for (bad, wrong) in [
            (r#"{"room_id":"r","message":"hi"}"#, "names no recipient"),
            (r#"{"room_id":"r","message":"hi","peer_id":"p","everyone":true}"#, "more than one recipient"),
            (r#"{"room_id":"r","message":"hi","peer_id":"p","role":"host"}"#, "more than one recipient"),
            (r#"{"room_id":"r","message":"hi","everyone":false}"#, "everyone is not true"),
            (r#"{"room_id":"r","message":"hi","everyone":"true"}"#, "everyone is not true"),
            (r#"{"room_id":"r","message":"hi","everyone":null}"#, "everyone is not true"),
            (r#"{"room_id":"r","message":"hi","user_id":"u"}"#, "roomcast peers --user"),
            (r#"{"room_id":"r","message":"hi","peer_id":"p","peer_id":"q"}"#, "a member twice"),
            (r#"{"room_id":"r","message":"hi","peer_id":7}"#, "peer_id is a number"),
            (r#"{"room_id":"r","message":"hi","peer_id":"p","pier_id":"q"}"#, "pier_id"),
            (r#"{"room_id":"r","message":7,"peer_id":"p"}"#, "message is a number"),
            (r#"{"message":"hi","peer_id":"p"}"#, "room_id"),
            ("[]", "not a JSON object"),
            ("{", "not JSON"),
        ] {
            let text = error(bad);
            assert!(text.contains(wrong), "{bad}: {text}");
        }
        // What is given but null or blank is refused when it is sent, as in every language.
        let null = line(r#"{"room_id":"r","message":"hi","peer_id":null}"#);
        if let Ok(Operation::Api(roomcast::ApiRequest::SendMessage(request))) = null.operation {
            assert!(request.recipient().is_err());
        }
    }

    #[test]
    fn a_digest_is_of_the_line_and_of_what_it_leaves_open() {
        let digest = |raw: &[u8], room: Option<&str>| {
            let defaults = Defaults { room_id: room.map(str::to_owned), message_type: None };
            Line::new(1, raw, parse_json(raw), &defaults).digest
        };
        assert_eq!(digest(b"{}", None), digest(b"{}", None));
        assert_ne!(digest(b"{}", None), digest(b"{ }", None));
        assert_ne!(digest(b"{}", None), digest(b"{}", Some("r")));
    }
}
