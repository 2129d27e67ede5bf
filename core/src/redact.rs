//! A server's words for an error: short, one line, and without what must not be shown, should it echo that.

use std::borrow::Cow;

use serde_json::Value;

use crate::error::one_line;

/// The longest text of the server's that is kept, in bytes.
const MAX_WORDS: usize = 1024;
/// The shortest text that is blotted out: a shorter one is a word that anybody may write.
const MIN_SECRET: usize = 4;
const REDACTED: &str = "[redacted]";
/// How often a quotation may have been escaped over and be seen through.
const MAX_ESCAPED: usize = 4;

/// A server's text for an error: short, one line, and without what must not be shown.
pub(crate) fn tidy(text: &str, secrets: &[&str]) -> String {
    let secrets = blottable(text, secrets);
    let mut text = one_line(text);
    for secret in &secrets {
        text = text.replace(secret, REDACTED);
    }
    if quotes_escaped(&text, &secrets) {
        text = REDACTED.to_owned();
    }
    let mut end = text.len().min(MAX_WORDS);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

/// What is to be blotted out: each secret as it is, and as it stands in JSON, should a server quote what it was sent. The
/// longest first, since one may be a part of another. What has more characters than the text is not in it, however
/// escaped: with the usual answer, that is all there is to look at.
fn blottable(text: &str, secrets: &[&str]) -> Vec<String> {
    let most = text.chars().count();
    let possible =
        secrets.iter().filter(|secret| secret.len() >= MIN_SECRET && secret.chars().count() <= most);
    let mut forms: Vec<String> = possible
        .flat_map(|secret| {
            let json = Value::from(*secret).to_string();
            [one_line(&json[1..json.len() - 1]), one_line(secret)]
        })
        .collect();
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    forms.dedup();
    forms
}

/// Whether a secret comes to light when escapes are read: languages write them differently, and a quotation may be
/// quoted again.
fn quotes_escaped(text: &str, secrets: &[String]) -> bool {
    let mut text = Cow::Borrowed(text);
    for _ in 0..MAX_ESCAPED {
        if !text.contains('\\') {
            return false;
        }
        text = Cow::Owned(unescape(&text));
        let line = one_line(&text);
        if secrets.iter().any(|secret| line.contains(secret)) {
            return true;
        }
    }
    false
}

/// Reads JSON's escapes, wherever they stand.
fn unescape(text: &str) -> String {
    let mut units = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let after = chars.as_str();
        match escape(after).filter(|_| c == '\\') {
            Some((unit, length)) => {
                units.push(unit);
                chars = after[length..].chars();
            }
            None => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
        }
    }
    String::from_utf16_lossy(&units)
}

/// The UTF-16 unit that an escape stands for, and the escape's length after its backslash.
fn escape(after: &str) -> Option<(u16, usize)> {
    let byte = match after.bytes().next()? {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 0x08,
        b'f' => 0x0c,
        same @ (b'"' | b'\\' | b'/') => same,
        b'u' => return Some((u16::from_str_radix(after.get(1..5)?, 16).ok()?, 5)),
        _ => return None,
    };
    Some((byte.into(), 1))
}

#[cfg(test)]
mod tests {
    use crate::answer::Answer;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, retry_after: None, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn secrets_are_blotted_out_before_the_text_is_cut() {
        let body =
            format!(r#"{{"message":"{}top-secret\u0007","details":["top-secret"]}}"#, "x".repeat(1020));
        let words = answer(400, &body).words(&["top-secret"]);
        assert_eq!(words.message.unwrap(), "x".repeat(1020) + "[red");
        assert_eq!(words.details, ["[redacted]"]);
    }

    #[test]
    fn a_secret_is_blotted_out_in_json_too() {
        let secret = "my \"private\" text";
        for body in [
            serde_json::json!({ "details": [{ "was": secret }] }),
            serde_json::json!({ "message": serde_json::json!({ "message": secret }).to_string() }),
            serde_json::json!({ "details": secret, "message": secret }),
        ] {
            let words = answer(400, &body.to_string()).words(&[secret]);
            assert!(!format!("{words:?}").contains("private"), "{words:?}");
        }
    }

    #[test]
    fn a_secret_is_blotted_out_however_it_was_escaped() {
        for (secret, detail) in [
            // As Python's json writes it.
            ("A\u{2660} K\u{2660}", r#"{"message": "A\u2660 K\u2660"}"#),
            ("private 😀", r#"{"message": "private \ud83d\uDE00"}"#),
            // As Go's and PHP's do.
            ("a<b & a/b", r#"{"message":"a\u003cb \u0026 a\/b"}"#),
            // JSON that was quoted in JSON, and again.
            ("my\n\"private\" text", r#"{\"message\":\"my\\n\\\"private\\\" text\"}"#),
            ("my\n\"private\" text", r#"{\\\"message\\\":\\\"my\\\\n\\\\\\\"private\\\\\\\" text\\\"}"#),
            // Another line break than was sent.
            ("my private text", "my\nprivate\ttext"),
            ("my\nprivate\ntext", "my private text"),
        ] {
            for body in [
                serde_json::json!({ "message": detail }),
                serde_json::json!({ "details": [detail] }),
                serde_json::json!({ "details": [{ "body": detail }] }),
            ] {
                let shown = format!("{:?}", answer(400, &body.to_string()).words(&[secret]));
                assert!(shown.contains("redacted"), "{shown}");
                for part in ["private", "2660", "003c", "a<b"] {
                    assert!(!shown.contains(part), "{shown}");
                }
            }
        }
        let words = answer(400, r#"{"message":"C:\\new \\u26 \\q"}"#).words(&["secret"]);
        assert_eq!(words.message.unwrap(), r"C:\new \u26 \q", "what quotes nothing stays");
    }

    #[test]
    fn a_secret_within_another_leaves_nothing_of_it() {
        let words = answer(400, r#"{"message":"bad: the key is key1234, ok"}"#);
        let words = words.words(&["key1234", "the key is key1234"]);
        assert_eq!(words.message.unwrap(), "bad: [redacted], ok");
    }

    #[test]
    fn no_character_begins_another_line() {
        let words = answer(400, r#"{"message":"a\u2028b\u2029c\u0085d\re"}"#).words(&[]);
        assert_eq!(words.message.unwrap(), "a b c d e");
    }
}
