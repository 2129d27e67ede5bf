//! Long texts are kept in part.

/// In bytes. Of the text of a message, and of a body, this much is kept.
pub const MAX_TEXT: usize = 8 << 10;
/// In bytes. Of names, ids, roles and types, this much is kept.
pub const MAX_NAME: usize = 256;

/// Truncates a text to at most `max` bytes, at a character boundary.
pub fn truncate(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    let end = (0..=max).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_truncated_between_characters() {
        assert_eq!(truncate("aé", 2), "a");
        assert_eq!(truncate("aé", 3), "aé");
        assert_eq!(truncate("♠", 0), "");
    }
}
