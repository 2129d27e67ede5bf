//! What a message says, in the formats that 100ms's own clients understand.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

use crate::error::Error;

use super::json_writer::JsonText;
use super::spelling::Spelling;
use super::validate;

/// The type of the lines of a chat, which Prebuilt shows, and no others.
const CHAT: &str = "chat";
/// The type, and the type within, of Prebuilt's flying emoji.
const EMOJI_REACTION: &str = "EMOJI_REACTION";
/// Who sends a reaction, unless the caller says it: Prebuilt shows no reaction without a sender.
pub(crate) const DEFAULT_SENDER: &str = "server";

/// What a message says: text, JSON, or a format that 100ms's own clients understand. Each is checked when it is sent.
///
/// Text becomes one by itself: `Request::new(room_id, "class is off today")`. 100ms delivers any text; what its clients do with
/// it is said at each format.
#[derive(Clone, PartialEq, Eq)]
pub struct Message(Content);

#[derive(Clone, PartialEq, Eq)]
enum Content {
    Text(String),
    Json(JsonText),
    Chat(String),
    Event { name: String, payload: JsonText },
    Reaction { emoji_id: String, sender_id: String },
}

impl Message {
    /// Text, as it is. With a type of the app's own, only code of the app's own shows it.
    pub fn text(text: impl Into<String>) -> Self {
        Message(Content::Text(text.into()))
    }

    /// A value as JSON, for clients that parse the message. Objects keep the order of their members.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), naming the place in the value: it is not finite, has a number of more than
    /// 64 bits, is nested more than 127 deep, or has more than 1 MiB as JSON.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, Error> {
        JsonText::serialize("message", value).map(Message::from_json)
    }

    /// A line in the chat, of type `chat`: the only type that the chat of 100ms's Prebuilt shows
    /// (`100mslive/web-sdks`, `ChatBody.tsx`).
    pub fn chat(text: impl Into<String>) -> Self {
        Message(Content::Chat(text.into()))
    }

    /// An event for `useCustomEvent` of 100ms's React SDK, which parses the payload as JSON: the event's name is the message's type
    /// (`100mslive/web-sdks`, `useCustomEvent.ts`).
    ///
    /// # Errors
    /// As [`json`](Message::json).
    pub fn event<T: Serialize + ?Sized>(name: impl Into<String>, payload: &T) -> Result<Self, Error> {
        JsonText::serialize("payload", payload).map(|payload| Message::event_with(name.into(), payload))
    }

    /// A flying emoji in 100ms's Prebuilt. `emoji_id` is an id of emoji-mart, such as `+1`, `heart`, `clap`, `tada`
    /// (`100mslive/web-sdks`, `FlyingEmoji.jsx`). Prebuilt shows no sender's name unless `sender_id` is a peer's id.
    pub fn reaction(emoji_id: impl Into<String>) -> Self {
        Message::reaction_from(emoji_id.into(), DEFAULT_SENDER.to_owned())
    }

    /// A [reaction](Message::reaction) of the peer with this id.
    pub fn sender_id(self, sender_id: impl Into<String>) -> Self {
        match self.0 {
            Content::Reaction { emoji_id, .. } => Message::reaction_from(emoji_id, sender_id.into()),
            _ => self,
        }
    }

    pub(crate) fn from_json(json: JsonText) -> Self {
        Message(Content::Json(json))
    }

    pub(crate) fn event_with(name: String, payload: JsonText) -> Self {
        Message(Content::Event { name, payload })
    }

    pub(crate) fn reaction_from(emoji_id: String, sender_id: String) -> Self {
        Message(Content::Reaction { emoji_id, sender_id })
    }

    /// The text and the type that it has itself, unchecked.
    pub(super) fn given(&self) -> (Cow<'_, str>, Option<&str>) {
        match &self.0 {
            Content::Text(text) => (Cow::Borrowed(text), None),
            Content::Json(json) => (Cow::Borrowed(json.as_str()), None),
            Content::Chat(text) => (Cow::Borrowed(text), Some(CHAT)),
            Content::Event { name, payload } => (Cow::Borrowed(payload.as_str()), Some(name)),
            Content::Reaction { emoji_id, sender_id } => {
                (Cow::Owned(reaction_text(emoji_id, sender_id)), Some(EMOJI_REACTION))
            }
        }
    }

    /// Once it is encoded, the encoding is the only copy.
    pub(super) fn clear(&mut self) {
        self.0 = Content::Text(String::new());
    }

    /// Checks it. Returns the text and the type that are sent; `message_type` is the one that the caller gave.
    pub(super) fn validate<'a>(
        &'a self,
        spelling: Spelling,
        message_type: Option<&'a str>,
    ) -> Result<(Cow<'a, str>, Option<&'a str>), Error> {
        let (text, own_type) = match &self.0 {
            Content::Text(text) => {
                validate::message("message", text)?;
                (Cow::Borrowed(text.as_str()), None)
            }
            Content::Json(json) => (Cow::Borrowed(json.as_str()), None),
            Content::Chat(text) => {
                validate::message("message", text)?;
                (Cow::Borrowed(text.as_str()), Some(CHAT))
            }
            Content::Event { name, payload } => {
                validate::message_type("name", name)?;
                (Cow::Borrowed(payload.as_str()), Some(name.as_str()))
            }
            Content::Reaction { emoji_id, sender_id } => {
                validate::name(&spelling.of("emoji_id"), emoji_id)?;
                validate::name(&spelling.of("sender_id"), sender_id)?;
                (Cow::Owned(reaction_text(emoji_id, sender_id)), Some(EMOJI_REACTION))
            }
        };
        match (own_type, message_type) {
            (Some(_), Some(_)) => Err(Error::invalid_request("type is given, but the message has its own")
                .advice("Omit it: a chat line, an event and a reaction have the type that 100ms's clients expect.")),
            (None, Some(given)) => {
                validate::message_type("type", given)?;
                Ok((text, Some(given)))
            }
            (own, None) => Ok((text, own)),
        }
    }

    /// The length of the text that it holds, in bytes.
    fn len(&self) -> usize {
        match &self.0 {
            Content::Text(text) | Content::Chat(text) => text.len(),
            Content::Json(json) | Content::Event { payload: json, .. } => json.as_str().len(),
            Content::Reaction { emoji_id, .. } => emoji_id.len(),
        }
    }
}

fn reaction_text(emoji_id: &str, sender_id: &str) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Reaction<'a> {
        r#type: &'a str,
        emoji_id: &'a str,
        sender_id: &'a str,
    }
    let reaction = Reaction { r#type: EMOJI_REACTION, emoji_id, sender_id };
    serde_json::to_string(&reaction).expect("text always serialises")
}

impl<T: Into<String>> From<T> for Message {
    fn from(text: T) -> Self {
        Message::text(text)
    }
}

/// Without what it says.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = match &self.0 {
            Content::Text(_) => "text",
            Content::Json(_) => "JSON",
            Content::Chat(_) => "chat",
            Content::Event { .. } => "event",
            Content::Reaction { .. } => "reaction",
        };
        write!(f, "<{format}, {} bytes>", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(message: &Message) -> (String, Option<&str>) {
        let (text, message_type) = message.validate(Spelling::Snake, None).unwrap();
        (text.into_owned(), message_type)
    }

    #[test]
    fn each_format_has_the_text_and_the_type_that_the_clients_expect() {
        assert_eq!(sent(&"hi".into()), ("hi".into(), None));
        assert_eq!(sent(&Message::json(&[1, 2]).unwrap()), ("[1,2]".into(), None));
        assert_eq!(sent(&Message::chat("hi")), ("hi".into(), Some("chat")));
        assert_eq!(sent(&Message::event("deal", "A♠").unwrap()), ("\"A♠\"".into(), Some("deal")));
        assert_eq!(
            sent(&Message::reaction("+1")).0,
            r#"{"type":"EMOJI_REACTION","emojiId":"+1","senderId":"server"}"#
        );
        assert!(sent(&Message::reaction("+1").sender_id("p1")).0.contains(r#""senderId":"p1""#));
    }

    #[test]
    fn reserved_types_and_second_types_are_refused() {
        let error = |message: Message, message_type| {
            message.validate(Spelling::Snake, message_type).unwrap_err().to_string()
        };
        assert!(error("hi".into(), Some("hms_transcript")).contains("type begins with hms_"));
        assert!(error(Message::event("hms_x", &()).unwrap(), None).contains("name begins with hms_"));
        assert!(error(Message::chat("hi"), Some("chat")).contains("type is given"));
        for message in [Message::chat(" "), Message::reaction(""), Message::reaction("x").sender_id(" ")] {
            assert!(error(message, None).contains("is blank"));
        }
    }

    #[test]
    fn debug_hides_the_text() {
        for message in [Message::chat("secret"), Message::event("e", "secret").unwrap()] {
            assert!(!format!("{message:?}").contains("secret"));
        }
    }
}
