//! A message as dynamic languages give it: text, JSON, or an object that says its format.

use crate::api::{Argument, DEFAULT_SENDER, JsonText, Message, MessageArgument};
use crate::error::{Error, ErrorKind, Outcome};

use super::arguments::Arguments;

/// The argument `message`.
pub(super) fn message(arguments: &mut Arguments) -> Result<Message, Error> {
    match arguments.take("message") {
        Some(Argument::Json(json)) => Ok(Message::from_json(json)),
        Some(Argument::Message(message)) => in_format(arguments, *message),
        other => arguments.text("message", other.unwrap_or(Argument::Null)).map(Message::text),
    }
}

fn in_format(arguments: &Arguments, message: MessageArgument) -> Result<Message, Error> {
    let spelling = arguments.spelling;
    let mut fields = Arguments { spelling, given: Vec::with_capacity(message.fields.len()) };
    for (name, value) in message.fields {
        let known = ["message", "name", "payload", "emoji_id", "sender_id"];
        fields.given.extend(known.into_iter().find(|known| *known == name).map(|name| (name, value)));
    }
    match message.format.as_str() {
        "chat" => fields.required_text("message").map(Message::chat),
        "event" => {
            let name = fields.required_text("name")?;
            Ok(Message::event_with(name, payload(&mut fields)?))
        }
        "reaction" => {
            let emoji_id = fields.required_text("emoji_id")?;
            let sender_id = fields.optional_text("sender_id")?;
            Ok(Message::reaction_from(emoji_id, sender_id.unwrap_or_else(|| DEFAULT_SENDER.to_owned())))
        }
        other => {
            let what = format!("there is no format {other}");
            Err(Error::new(ErrorKind::Internal, Outcome::NotSent, what))
        }
    }
}

/// An event without a payload has an empty text as its payload, as one that the React SDK sends.
fn payload(fields: &mut Arguments) -> Result<JsonText, Error> {
    match fields.take_defined("payload") {
        None => JsonText::serialize("payload", ""),
        Some(Argument::Json(json)) => Ok(json),
        Some(other) => Err(Error::wrong_argument("payload", &other, "what JSON can express")),
    }
}
