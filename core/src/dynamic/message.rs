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
    let message = match message.format.as_str() {
        "text" => fields.required_text("message").map(Message::text),
        "json" => json_text(&mut fields).map(Message::from_json),
        "chat" => fields.required_text("message").map(Message::chat),
        "event" => {
            let name = fields.required_text("name")?;
            Ok(Message::event_with(name, payload(&mut fields)?))
        }
        "event_by_type" => {
            let is_type = |(name, value): &(&str, Argument)| *name == "type" && *value != Argument::Undefined;
            if !arguments.given.iter().any(is_type) {
                return Err(Error::invalid_request("type is missing: it is the event's name")
                    .advice("Give the event's name, which the app's clients listen to."));
            }
            json_text(&mut fields).map(Message::from_json)
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
    }?;
    match fields.given.first() {
        None => Ok(message),
        Some((name, _)) => {
            let what = format!("{} is given, but the message's format has none", spelling.of(name));
            Err(Error::invalid_request(what).advice("Omit it, or give the format that it belongs to."))
        }
    }
}

/// Text that the caller wrote as JSON.
fn json_text(fields: &mut Arguments) -> Result<JsonText, Error> {
    fields.required_text("message").and_then(|text| JsonText::parse("message", text))
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
    use crate::dynamic::Call;

    fn text(value: &str) -> Argument {
        Argument::Text(value.into())
    }

    /// A call whose message has this format and these fields, with this type if it is not empty.
    fn call(format: &str, fields: &[(&str, &str)], message_type: &str) -> Result<(), String> {
        let message = fields
            .iter()
            .fold(MessageArgument::new(format), |message, (name, value)| message.field(*name, text(value)));
        let mut call = Call::new("broadcast", Spelling::Snake).unwrap().argument("room_id", text("r"));
        call = call.argument("message", Argument::Message(Box::new(message)));
        if !message_type.is_empty() {
            call = call.option("type", text(message_type));
        }
        match call.into_operation().map_err(|error| error.to_string())? {
            crate::Operation::Api(crate::ApiRequest::SendMessage(request)) => {
                request.validate().map(drop).map_err(|error| error.to_string())
            }
            _ => panic!("not a send"),
        }
    }

    #[test]
    fn text_that_is_json_already_is_checked() {
        assert_eq!(call("json", &[("message", "{}")], ""), Ok(()));
        assert_eq!(call("text", &[("message", "{")], ""), Ok(()));
        for format in ["json", "event_by_type"] {
            for wrong in ["", "{", "{} {}", "NaN", "hello"] {
                let error = call(format, &[("message", wrong)], "t").unwrap_err();
                assert!(error.contains("message is not JSON (at line 1, column "), "{error}");
            }
        }
    }

    #[test]
    fn the_type_is_the_name_of_an_event_without_a_name_of_its_own() {
        assert_eq!(call("event_by_type", &[("message", "1")], "deal"), Ok(()));
        let error = call("event_by_type", &[("message", "1")], "").unwrap_err();
        assert!(error.contains("type is missing: it is the event's name"), "{error}");
        let error = call("event_by_type", &[("message", "1")], "hms_x").unwrap_err();
        assert!(error.contains("type begins with hms_"), "{error}");
        // A name that is missing is not the type.
        assert!(call("event", &[], "deal").unwrap_err().contains("name is null"));
    }

    #[test]
    fn a_field_of_another_format_is_refused() {
        assert_eq!(call("reaction", &[("emoji_id", "x"), ("sender_id", "p")], ""), Ok(()));
        for format in ["text", "json", "chat", "event_by_type"] {
            let error = call(
                format,
                &[("message", "1"), ("sender_id", "p")],
                if format == "event_by_type" { "t" } else { "" },
            );
            let error = error.unwrap_err();
            assert!(error.contains("sender_id is given, but the message's format has none"), "{error}");
        }
    }

    #[test]
    fn an_option_of_a_reaction_is_spelled_as_the_language_does() {
        let reaction = |option: &str| {
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
