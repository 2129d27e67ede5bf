//! The server's text as it may be shown in an error: short, one line, and without secrets, even if the server echoes them.

use std::borrow::Cow;

use serde_json::Value;

use super::text::one_line;

/// The longest text of the server that is kept, in bytes.
const MAX_TEXT: usize = 1024;
/// The shortest secret that is redacted, in bytes: shorter ones occur in any text.
const MIN_SECRET: usize = 4;
const REDACTED: &str = "[redacted]";
/// Levels of escaping that are searched.
const MAX_ESCAPE_LEVELS: usize = 4;

/// The server's text on one line of at most 1,024 bytes, with each of `secrets` redacted.
pub(crate) fn redact(text: &str, secrets: &[&str]) -> String {
    let secrets = forms_to_redact(text, secrets);
    let mut text = one_line(text);
    for secret in &secrets {
        text = text.replace(secret, REDACTED);
    }
    if quotes_escaped(&text, &secrets) {
        text = REDACTED.to_owned();
    }
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

/// The forms in which each secret is searched: as it is, and escaped as in JSON, in case the server quotes the request. The
/// longest first, since one may contain another. A secret with more characters than the text cannot be in it, however it
/// is escaped, so most responses need no search at all.
fn forms_to_redact(text: &str, secrets: &[&str]) -> Vec<String> {
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

/// Whether the text holds a secret in an escaped form: languages escape differently, and a quotation may be quoted again.
fn quotes_escaped(text: &str, secrets: &[String]) -> bool {
    let mut text = Cow::Borrowed(text);
    for _ in 0..MAX_ESCAPE_LEVELS {
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

/// Resolves JSON escapes, wherever they stand.
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
    use crate::error::ErrorBody;

    fn error_body(body: &str, secrets: &[&str]) -> ErrorBody {
        crate::api::error_body(body.as_bytes(), secrets)
    }

    #[test]
    fn secrets_are_redacted_before_the_text_is_cut() {
        let body =
            format!(r#"{{"message":"{}top-secret\u0007","details":["top-secret"]}}"#, "x".repeat(1020));
        let body = error_body(&body, &["top-secret"]);
        assert_eq!(body.message.unwrap(), "x".repeat(1020) + "[red");
        assert_eq!(body.details, ["[redacted]"]);
    }

    #[test]
    fn a_secret_is_redacted_in_json_too() {
        let secret = "my \"private\" text";
        for body in [
            serde_json::json!({ "details": [{ "was": secret }] }),
            serde_json::json!({ "message": serde_json::json!({ "message": secret }).to_string() }),
            serde_json::json!({ "details": secret, "message": secret }),
        ] {
            let body = error_body(&body.to_string(), &[secret]);
            assert!(!format!("{body:?}").contains("private"), "{body:?}");
        }
    }

    #[test]
    fn a_secret_is_redacted_however_it_was_escaped() {
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
                let shown = format!("{:?}", error_body(&body.to_string(), &[secret]));
                assert!(shown.contains("redacted"), "{shown}");
                for part in ["private", "2660", "003c", "a<b"] {
                    assert!(!shown.contains(part), "{shown}");
                }
            }
        }
        let body = error_body(r#"{"message":"C:\\new \\u26 \\q"}"#, &["secret"]);
        assert_eq!(body.message.unwrap(), r"C:\new \u26 \q", "what quotes nothing stays");
    }

    #[test]
    fn a_secret_within_another_leaves_nothing_of_it() {
        let body =
            error_body(r#"{"message":"bad: the key is key1234, ok"}"#, &["key1234", "the key is key1234"]);
        assert_eq!(body.message.unwrap(), "bad: [redacted], ok");
    }

    #[test]
    fn no_character_begins_another_line() {
        let body = error_body(r#"{"message":"a\u2028b\u2029c\u0085d\re"}"#, &[]);
        assert_eq!(body.message.unwrap(), "a b c d e");
    }
}
