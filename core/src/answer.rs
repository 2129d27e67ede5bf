//! The server's answer: what a status means, and what its body says. Pure; never fails on an odd body.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::error::{Error, ErrorKind, Outcome, ServerWords, one_line};

/// An answer whose head arrived. The body may be cut short or empty.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// The longest text of the server's that is kept, in bytes.
const MAX_WORDS: usize = 1024;
/// The most `details` that are kept.
const MAX_DETAILS: usize = 16;
/// The shortest text that is blotted out: a shorter one is a word that anybody may write.
const MIN_SECRET: usize = 4;
const REDACTED: &str = "[redacted]";
/// How often a quotation may have been escaped over and be seen through.
const MAX_ESCAPED: usize = 4;

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The server's words, without the `secrets` in case it echoes them.
    pub(crate) fn words(&self, secrets: &[&str]) -> ServerWords {
        let Ok(Value::Object(body)) = serde_json::from_slice(&self.body) else {
            return ServerWords::default();
        };
        let secrets = blottable(secrets);
        let clean = |text: &str| tidy(text, &secrets);
        let details: Vec<&Value> = match (body.get("details"), body.get("data")) {
            (Some(Value::Array(details)), _) => details.iter().take(MAX_DETAILS).collect(),
            (Some(Value::Null) | None, Some(data)) => data.get("description").into_iter().collect(),
            (Some(Value::Null) | None, None) => Vec::new(),
            (Some(detail), _) => vec![detail],
        };
        ServerWords {
            code: body.get("code").and_then(as_code),
            message: body.get("message").and_then(Value::as_str).map(clean),
            details: details.into_iter().map(|detail| clean(&as_text(detail))).collect(),
        }
    }

    /// The error that an answer other than 2xx stands for.
    pub(crate) fn into_error(self, secrets: &[&str], now: SystemTime) -> Error {
        let (kind, outcome) = meaning(self.status);
        let words = self.words(secrets);
        let mut what = format!("the server answered {}", self.status);
        if let Some(message) = &words.message {
            what.push_str(": ");
            what.push_str(message.trim_end_matches('.'));
        }
        if !words.details.is_empty() {
            what = format!("{what} ({})", words.details.join("; "));
        }
        let retry_after = self.retry_after.as_deref().and_then(|text| retry_after(text, now));
        Error::new(kind, outcome, what)
            .advice(advice(kind))
            .answer(self.status, words)
            .with_retry_after(retry_after)
    }
}

/// The table of statuses.
fn meaning(status: u16) -> (ErrorKind, Outcome) {
    match status {
        401 => (ErrorKind::Unauthenticated, Outcome::Rejected),
        403 => (ErrorKind::PermissionDenied, Outcome::Rejected),
        404 => (ErrorKind::NotFound, Outcome::Rejected),
        429 => (ErrorKind::RateLimited, Outcome::Rejected),
        408 | 500..=599 => (ErrorKind::Server, Outcome::Unknown),
        300..=499 => (ErrorKind::Rejected, Outcome::Rejected),
        _ => (ErrorKind::Protocol, Outcome::Unknown),
    }
}

fn advice(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Unauthenticated => {
            "Check the access key and the secret, or the management token's expiry, and this machine's clock."
        }
        ErrorKind::PermissionDenied => "Use a management token that may send messages.",
        ErrorKind::NotFound => "Check that the room is active and that the peer is in it.",
        ErrorKind::RateLimited => "Wait as long as the server asks, then send it again.",
        _ => "",
    }
}

/// `Retry-After` as seconds or as a date; anything else says nothing. A date that has passed is no wait.
fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // A number too large to hold is longer than anybody waits.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::from(u32::MAX)).min(u32::MAX.into())));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn as_code(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// What is to be blotted out: each secret as it is, and as it stands in JSON, should a server quote what it was sent. The
/// longest first, since one may be a part of another.
fn blottable(secrets: &[&str]) -> Vec<String> {
    let long_enough = secrets.iter().filter(|secret| secret.len() >= MIN_SECRET);
    let mut forms: Vec<String> = long_enough
        .flat_map(|secret| {
            let json = Value::from(*secret).to_string();
            [one_line(&json[1..json.len() - 1]), one_line(secret)]
        })
        .collect();
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    forms.dedup();
    forms
}

/// A server's text for an error: short, one line, and without what must not be shown.
fn tidy(text: &str, secrets: &[String]) -> String {
    let mut text = one_line(text);
    for secret in secrets {
        text = text.replace(secret, REDACTED);
    }
    if quotes_escaped(&text, secrets) {
        text = REDACTED.to_owned();
    }
    let mut end = text.len().min(MAX_WORDS);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

/// Whether a secret comes to light when escapes are read: languages write them differently, and a quotation may be
/// quoted again.
fn quotes_escaped(text: &str, secrets: &[String]) -> bool {
    let mut text = text.to_owned();
    for _ in 0..MAX_ESCAPED {
        if !text.contains('\\') {
            return false;
        }
        text = unescape(&text);
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
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, retry_after: None, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn both_documented_shapes_and_odd_ones() {
        let words = |body| answer(401, body).words(&[]);
        let now = words(r#"{"code":401,"message":"Token validation error","details":["not found"]}"#);
        assert_eq!(now.code, Some(401));
        assert_eq!(now.message.as_deref(), Some("Token validation error"));
        assert_eq!(now.details, ["not found"]);
        let old = words(r#"{"code":404,"message":"Error: Room not found","data":{"description":"gone"}}"#);
        assert_eq!(old.details, ["gone"]);
        for odd in ["", "no", "[]", "null", r#"{"code":[],"message":5,"details":{}}"#, r#"{"message":"x"#] {
            let words = words(odd);
            assert_eq!((words.code, words.message), (None, None), "{odd}");
        }
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

    #[test]
    fn retry_after_forms() {
        let now = httpdate::parse_http_date("Sun, 22 Nov 2026 12:00:00 GMT").unwrap();
        let seconds = |text| retry_after(text, now).map(|d| d.as_secs());
        assert_eq!(seconds("45"), Some(45));
        assert_eq!(seconds("Sun, 22 Nov 2026 12:00:07 GMT"), Some(7));
        assert_eq!(seconds("Sun, 22 Nov 2026 11:00:00 GMT"), Some(0));
        assert_eq!(seconds("99999999999999999999999"), Some(u64::from(u32::MAX)));
        for nonsense in ["", "soon", "-1", "1.5"] {
            assert_eq!(seconds(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn every_status_has_a_meaning() {
        for status in 0..=1000 {
            let (kind, outcome) = meaning(status);
            let expected = match status {
                408 => Outcome::Unknown,
                300..=499 => Outcome::Rejected,
                _ => Outcome::Unknown,
            };
            assert_eq!(outcome, expected, "{status} {kind}");
        }
    }
}
