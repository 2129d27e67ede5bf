//! The enumerations of the option structs. A member that holds one is a `uint32_t`, so that every number may be passed and a wrong
//! one is an error. Numbers never change.

use roomcast_core::{Argument, Error, ErrorKind, MessageArgument, Outcome};

/// What a message is: see `roomcast_send_options.format`.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum roomcast_format {
    /// Text, which is sent as it is. With a `type` of the app's own, only code of the app's own shows it.
    ROOMCAST_FORMAT_TEXT = 0,
    /// Text that is one JSON value, for clients that parse the message. It is checked, and sent as it is: at most 1 MiB, nested
    /// at most 127 deep.
    ROOMCAST_FORMAT_JSON = 1,
    /// A line in the chat: the message is its text. It has the type "chat", which is the only one that the chat of 100ms's
    /// Prebuilt shows (`100mslive/web-sdks`, `ChatBody.tsx`). `type` must be NULL.
    ROOMCAST_FORMAT_CHAT = 2,
    /// An event for `useCustomEvent` of 100ms's React SDK (`100mslive/web-sdks`, `useCustomEvent.ts`): `type` is the event's name
    /// and must be set, and the message is the payload as JSON text, which is checked as with `ROOMCAST_FORMAT_JSON`. A payload
    /// that is text has its quotation marks; an event without a payload has two of them, and nothing between.
    ROOMCAST_FORMAT_EVENT = 3,
    /// A flying emoji in 100ms's Prebuilt (`100mslive/web-sdks`, `FlyingEmoji.jsx`): the message is an emoji's id of emoji-mart,
    /// such as "+1", "heart", "clap" or "tada". `sender_id` may be set; `type` must be NULL.
    ROOMCAST_FORMAT_REACTION = 4,
}

/// Who receives a message that names no target: see `roomcast_send_options.audience`.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum roomcast_audience {
    /// Nobody: `peer_id` or `role` must be set, else the call fails.
    ROOMCAST_AUDIENCE_TARGET = 0,
    /// Everyone in the room. `peer_id` and `role` must be NULL.
    ROOMCAST_AUDIENCE_EVERYONE = 1,
}

/// Whether a call does something: see `roomcast_send_options.retry_unknown`.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum roomcast_switch {
    /// As the client does.
    ROOMCAST_SWITCH_DEFAULT = 0,
    /// It does.
    ROOMCAST_SWITCH_ON = 1,
    /// It does not.
    ROOMCAST_SWITCH_OFF = 2,
}

const TEXT: u32 = roomcast_format::ROOMCAST_FORMAT_TEXT as u32;
const JSON: u32 = roomcast_format::ROOMCAST_FORMAT_JSON as u32;
const CHAT: u32 = roomcast_format::ROOMCAST_FORMAT_CHAT as u32;
const EVENT: u32 = roomcast_format::ROOMCAST_FORMAT_EVENT as u32;
const REACTION: u32 = roomcast_format::ROOMCAST_FORMAT_REACTION as u32;

/// A message in the format with this number.
pub(crate) fn message(
    format: u32,
    message: Argument,
    sender_id: Option<Argument>,
) -> Result<Argument, Error> {
    let (name, field) = match format {
        // The usual case, without a detour.
        TEXT if sender_id.is_none() => return Ok(message),
        TEXT => ("text", "message"),
        JSON => ("json", "message"),
        CHAT => ("chat", "message"),
        EVENT => ("event_by_type", "message"),
        REACTION => ("reaction", "emoji_id"),
        other => return Err(no_value("format", other)),
    };
    let message = MessageArgument::new(name).field(field, message);
    let message = match sender_id {
        Some(sender_id) => message.field("sender_id", sender_id),
        None => message,
    };
    Ok(Argument::Message(Box::new(message)))
}

/// Whether the audience with this number is everyone.
pub(crate) fn is_everyone(audience: u32) -> Result<bool, Error> {
    const TARGET: u32 = roomcast_audience::ROOMCAST_AUDIENCE_TARGET as u32;
    const EVERYONE: u32 = roomcast_audience::ROOMCAST_AUDIENCE_EVERYONE as u32;
    match audience {
        TARGET => Ok(false),
        EVERYONE => Ok(true),
        other => Err(no_value("audience", other)),
    }
}

/// What a switch says; `None` if it is omitted. The core refuses a number that is neither.
pub(crate) fn switch(number: u32) -> Option<Argument> {
    const DEFAULT: u32 = roomcast_switch::ROOMCAST_SWITCH_DEFAULT as u32;
    const ON: u32 = roomcast_switch::ROOMCAST_SWITCH_ON as u32;
    const OFF: u32 = roomcast_switch::ROOMCAST_SWITCH_OFF as u32;
    match number {
        DEFAULT => None,
        ON => Some(Argument::Bool(true)),
        OFF => Some(Argument::Bool(false)),
        other => Some(Argument::Number(other.into())),
    }
}

fn no_value(member: &str, number: u32) -> Error {
    let what = format!("{member} is {number}, which is no value of roomcast_{member}");
    Error::new(ErrorKind::InvalidRequest, Outcome::NotSent, what)
}
