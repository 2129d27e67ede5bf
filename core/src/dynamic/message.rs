//! A message as dynamic languages give it: text, JSON, or an object that says its format.

use crate::api::{Argument, DEFAULT_SENDER, JsonText, Message, MessageArgument, find_option};
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
    let options: &[&str] = if message.format == "reaction" { &["sender_id"] } else { &[] };
    for (name, value) in message.options {
        fields.given.push((find_option(&name, options, &[], spelling)?, value));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Spelling;

    #[test]
    fn an_option_of_a_reaction_is_spelled_as_the_language_does() {
        let reaction = |option: &str| {
            let text = |text: &str| Argument::Text(text.into());
            let message =
                MessageArgument::new("reaction").field("emoji_id", text("x")).option(option, text("p"));
            let given = vec![("message", Argument::Message(Box::new(message)))];
            super::message(&mut Arguments { spelling: Spelling::Camel, given })
        };
        assert_eq!(reaction("senderId").unwrap(), Message::reaction("x").sender_id("p"));
        // Not one that could be meant as a recipient.
        for (option, hint) in [("peerId", "known: senderId"), ("sender_id", "did you mean senderId?")] {
            let error = reaction(option).unwrap_err().to_string();
            assert!(error.contains(&format!("unknown option {option} ({hint})")), "{error}");
        }
    }
}
