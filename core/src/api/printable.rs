//! How a word of the caller is shown in an error text.

/// A word of the caller for an error text: short, and without control characters.
pub(super) fn printable(word: &str) -> String {
    let short: String = word.chars().take(40).flat_map(char::escape_debug).collect();
    if word.chars().count() > 40 { format!("{short}…") } else { short }
}
