//! An argument whose presence and type are known at run time only, as dynamic languages pass it.

use crate::error::Error;

use super::json_writer::JsonText;
use super::printable::printable;
use super::validate::MAX_MESSAGE;

/// An argument as the caller gave it.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// Given, but null: `None`, `null`.
    Null,
    /// As null, in a language that distinguishes the two: `undefined`.
    Undefined,
    /// Text.
    Text(String),
    /// Text that is not valid Unicode, and so cannot be sent as it was given: a lone surrogate, bytes that are not UTF-8.
    NotUnicode,
    /// Text of more than [`MAX_MESSAGE`](crate::MAX_MESSAGE) bytes of UTF-8. No argument may be as long, so a binding need not
    /// convert it: its length in UTF-16 units or characters is a lower bound of that in bytes.
    TooLong,
    /// A whole or fractional number.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// A value as JSON. Where text is wanted, its kind is named as that of [`Other`](Argument::Other).
    Json(JsonText),
    /// Several values, for an argument that [takes](crate::Call::takes_list) a list.
    List(Vec<Argument>),
    /// A message in a format of its own.
    Message(Box<MessageArgument>),
    /// Anything else, with the name of its type in the caller's language, e.g. `"list"`.
    Other(String),
}

impl Argument {
    /// What it is, for an error text: `"is null"`.
    pub(crate) fn describe(&self) -> String {
        match self {
            Argument::Null => "is null".into(),
            Argument::Undefined => "is undefined".into(),
            Argument::TooLong => format!("has more than {MAX_MESSAGE} bytes of UTF-8"),
            Argument::Text(_) => "is text".into(),
            Argument::NotUnicode => "is not valid Unicode".into(),
            Argument::Number(_) => "is a number".into(),
            Argument::Bool(_) => "is a boolean".into(),
            Argument::Json(_) => "is JSON".into(),
            Argument::List(_) => "is a list".into(),
            Argument::Message(_) => "is a message".into(),
            Argument::Other(name) => format!("is of type {}", printable(name)),
        }
    }
}

/// For language bindings: a message in a format, with its fields as they were given.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageArgument {
    pub(crate) format: String,
    pub(crate) fields: Vec<(String, Argument)>,
    pub(crate) options: Vec<(String, Argument)>,
}

impl MessageArgument {
    /// A message in this format: `chat` has the field `message`; `event` has `name` and `payload`, which is
    /// [`Argument::Json`] unless it is omitted; `reaction` has `emoji_id` and perhaps `sender_id`.
    ///
    /// For languages whose messages are always text, `text`, `json` and `event_by_type` have the field `message`, in the latter
    /// two text that is checked to be JSON; the name of such an event is the option `type`.
    pub fn new(format: impl Into<String>) -> Self {
        MessageArgument { format: format.into(), fields: Vec::new(), options: Vec::new() }
    }

    /// A field, by the name that the core uses.
    pub fn field(mut self, name: impl Into<String>, value: Argument) -> Self {
        self.fields.push((name.into(), value));
        self
    }

    /// A field that may be omitted, by the name that the caller wrote: `senderId`. Any other name is an error.
    pub fn option(mut self, name: impl Into<String>, value: Argument) -> Self {
        self.options.push((name.into(), value));
        self
    }
}

impl Error {
    /// For language bindings: an argument that exists in their language only, such as `signal`, is of the wrong type.
    /// `wanted` says what it takes.
    pub fn wrong_argument(name: &str, value: &Argument, wanted: &str) -> Error {
        Error::invalid_request(format!("{name} {}; it takes {wanted}", value.describe()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorKind, Outcome};

    #[test]
    fn an_argument_of_one_language_only_fails_like_the_others() {
        for (value, text) in [
            (Argument::Null, "signal is null; it takes an AbortSignal"),
            (Argument::Undefined, "signal is undefined; it takes an AbortSignal"),
            (Argument::Other("object".into()), "signal is of type object; it takes an AbortSignal"),
        ] {
            let error = Error::wrong_argument("signal", &value, "an AbortSignal");
            assert!(error.to_string().contains(text), "{error}");
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
            assert_eq!(error.outcome(), Outcome::NotSent);
        }
        for error in [Error::cancelled_before_start(), Error::cancelled_rest()] {
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Cancelled, Outcome::NotSent));
        }
    }
}
