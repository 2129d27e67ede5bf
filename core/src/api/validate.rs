//! The limits of each field. A field's name is passed in, since languages spell it differently.

use crate::error::Error;

/// The longest room id, in bytes.
pub const MAX_ROOM_ID: usize = 64;
/// The longest message, in bytes of UTF-8: 1 MiB.
pub const MAX_MESSAGE: usize = 1024 * 1024;
/// The longest peer id, role or type, in bytes of UTF-8.
pub const MAX_NAME: usize = 256;

/// Blank: nothing but white space and zero-width spaces (U+200B).
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c == '\u{200B}')
}

/// Longer than any argument may be. Nothing else is said of such text: a binding may not have converted it.
pub(crate) fn is_too_long(text: &str) -> bool {
    text.len() > MAX_MESSAGE
}

pub(crate) fn room_id(field: &str, value: &str) -> Result<(), Error> {
    if is_blank(value) && !is_too_long(value) {
        return Err(invalid(field, "is blank").advice("Give the id of the room."));
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if value.len() > MAX_ROOM_ID || !value.bytes().all(allowed) {
        return Err(not_a_room_id(field));
    }
    Ok(())
}

fn not_a_room_id(field: &str) -> Error {
    invalid(field, "is not a room id")
        .advice("A room id has 1 to 64 of the characters A-Z, a-z, 0-9, '_' and '-'.")
}

pub(crate) fn message(field: &str, value: &str) -> Result<(), Error> {
    if is_too_long(value) {
        return Err(too_long(field));
    }
    if is_blank(value) {
        return Err(invalid(field, "is blank").advice("Give the text to deliver."));
    }
    Ok(())
}

/// The error for text that [`is_too_long`].
pub(crate) fn too_long(field: &str) -> Error {
    let over = |limit| {
        Error::invalid_request(format!(
            "{field} has more than {MAX_MESSAGE} bytes of UTF-8; the limit is {limit}"
        ))
    };
    match field {
        "room_id" | "roomId" => not_a_room_id(field),
        "message" => over(MAX_MESSAGE).advice("Shorten it, or send a link."),
        _ => over(MAX_NAME).advice(name_advice(field)),
    }
}

/// The rule for `peer_id`, `role` and `type`.
pub(crate) fn name(field: &str, value: &str) -> Result<(), Error> {
    if is_too_long(value) {
        return Err(too_long(field));
    }
    if is_blank(value) {
        return Err(invalid(field, "is blank").advice(name_advice(field)));
    }
    if value.len() > MAX_NAME {
        let what = format!("{field} has {} bytes of UTF-8; the limit is {MAX_NAME}", value.len());
        return Err(Error::invalid_request(what).advice(name_advice(field)));
    }
    if value.chars().any(char::is_control) {
        return Err(invalid(field, "has a control character").advice(name_advice(field)));
    }
    Ok(())
}

/// What the types begin with that 100ms's clients use among themselves, such as `hms_transcript`.
const RESERVED: &str = "hms_";

/// The rule for `type`, and for the name of an event, which is a type.
pub(crate) fn message_type(field: &str, value: &str) -> Result<(), Error> {
    name(field, value)?;
    if value.starts_with(RESERVED) {
        let what = "begins with hms_, which 100ms's clients reserve for themselves";
        return Err(invalid(field, what).advice("Choose another one."));
    }
    Ok(())
}

pub(crate) fn name_advice(field: &str) -> &'static str {
    match field {
        "peer_id" | "peerId" => "Give the id of a connected peer, or omit it to reach everyone.",
        "role" => "Give the name of a role, or omit it to reach everyone.",
        "type" => "Give a kind of message such as \"chat\", or omit it.",
        "name" => "Give the event's name, which the app's clients listen to.",
        "emoji_id" | "emojiId" => "Give an emoji's id, such as \"heart\".",
        "sender_id" | "senderId" => "Give the id of a peer, or omit it.",
        _ => "",
    }
}

fn invalid(field: &str, what: &str) -> Error {
    Error::invalid_request(format!("{field} {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_is_white_space_and_zero_width_space() {
        for blank in ["", " ", "\t\n", "\u{200B}", " \u{3000}\u{200B} "] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for text in ["a", " a ", "\u{200B}.", "\u{0}"] {
            assert!(!is_blank(text), "{text:?}");
        }
    }

    #[test]
    fn both_edges_of_each_length() {
        assert!(room_id("room_id", &"r".repeat(MAX_ROOM_ID)).is_ok());
        assert!(room_id("room_id", &"r".repeat(MAX_ROOM_ID + 1)).is_err());
        assert!(message("message", &"m".repeat(MAX_MESSAGE)).is_ok());
        assert!(message("message", &"m".repeat(MAX_MESSAGE + 1)).is_err());
        // Bytes count, not characters: 128 two-byte letters are the limit.
        assert!(name("role", &"é".repeat(MAX_NAME / 2)).is_ok());
        assert!(name("role", &format!("{}x", "é".repeat(MAX_NAME / 2))).is_err());
    }
}
