//! The server's text as it may be shown in an error: short, one line, and without parts of secrets, even if the server echoes
//! them.

use super::shared_runs::shared_places;
use super::text::one_line;

/// The longest text of the server that is kept, in bytes.
const MAX_TEXT: usize = 1024;
/// The most of a text that is searched, in bytes. What is redacted may become shorter, so it is more than is kept.
const MAX_SEARCHED: usize = 2 * MAX_TEXT;
const REDACTED: &str = "[redacted]";
/// How often the rest is searched again: without its surroundings an escape may mean something else.
const MAX_ROUNDS: usize = 4;

/// The server's texts, each on one line of at most 1,024 bytes. Each run of 8 characters or more that they share with one of
/// `secrets` is redacted, in upper or lower case, and escaped or not; and each secret of 4 bytes or more.
pub(crate) fn redact(texts: &[impl AsRef<str>], secrets: &[&str]) -> Vec<String> {
    // Each text as the pieces between what was redacted.
    let mut pieces: Vec<Vec<String>> =
        texts.iter().map(|text| vec![one_line(cut(text.as_ref(), MAX_SEARCHED))]).collect();
    for _ in 0..MAX_ROUNDS {
        if !redact_once(&mut pieces, secrets) {
            return pieces.iter().map(|pieces| cut(&pieces.join(REDACTED), MAX_TEXT).to_owned()).collect();
        }
    }
    texts.iter().map(|_| REDACTED.to_owned()).collect()
}

/// Divides the pieces where they show a part of a secret. Whether any does.
fn redact_once(texts: &mut [Vec<String>], secrets: &[&str]) -> bool {
    let flat: Vec<&str> = texts.iter().flatten().map(String::as_str).collect();
    let places = shared_places(&flat, secrets);
    if places.iter().all(Vec::is_empty) {
        return false;
    }
    let mut places = places.iter();
    for pieces in texts {
        let divided = pieces.iter().zip(&mut places).flat_map(|(piece, places)| {
            let mut shown = vec![true; piece.len()];
            places.iter().for_each(|place| shown[place.clone()].fill(false));
            divide(piece, &shown)
        });
        let divided: Vec<String> = divided.collect();
        // Two places next to each other are shown as one.
        let last = divided.len() - 1;
        let kept = divided.into_iter().enumerate();
        *pieces = kept.filter(|(at, p)| !p.is_empty() || *at == 0 || *at == last).map(|(_, p)| p).collect();
    }
    true
}

/// The parts of a text that are shown, each possibly empty: the first and the last, and those between.
fn divide(text: &str, shown: &[bool]) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut was_shown = true;
    for (at, char) in text.char_indices() {
        if !shown[at] && was_shown {
            parts.push(String::new());
        }
        was_shown = shown[at];
        if let (true, Some(part)) = (shown[at], parts.last_mut()) {
            part.push(char);
        }
    }
    parts
}

fn cut(text: &str, length: usize) -> &str {
    let mut end = text.len().min(length);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
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

    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJhY2Nlc3Nfa2V5IjoiayJ9.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg";
    const MESSAGE: &str = "your cards: A\u{2660} K\u{2660}, don't tell <anyone> & \"raise\"";

    /// What is shown of a server's text, as its message and as a detail.
    fn shown(text: &str) -> String {
        let secrets = [TOKEN, MESSAGE];
        let body = serde_json::json!({ "message": text, "details": [text, { "in": text }] });
        let body = error_body(&body.to_string(), &secrets);
        let message = body.message.unwrap();
        assert_eq!(message, body.details[0]);
        for text in [&message, &body.details[1]] {
            for secret in secrets {
                assert!(!crate::property_tests::texts::shows(text, secret), "{text}");
            }
        }
        message
    }

    #[test]
    fn a_part_of_a_secret_is_redacted() {
        for (text, expected) in [
            (format!("invalid: {:.30}...", MESSAGE), "invalid: [redacted]..."),
            (
                format!("{:.12}\u{2026}{}", MESSAGE, &MESSAGE[MESSAGE.len() - 20..]),
                "[redacted]\u{2026}[redacted]",
            ),
            (MESSAGE.to_lowercase(), "[redacted]"),
            (MESSAGE.to_uppercase(), "[redacted]"),
            (format!("bad token {:.60}...", TOKEN), "bad token [redacted]..."),
            (format!("signature {} does not match", &TOKEN[46..]), "signature [redacted] does not match"),
            (format!("authorization: bearer {}", TOKEN.to_lowercase()), "authorization: bearer [redacted]"),
            // 8 characters, and 7.
            (format!("near \"{}\"", &MESSAGE[..8]), "near \"[redacted]\""),
            (format!("near \"{}\"", &MESSAGE[..7]), "near \"your ca\""),
            (format!("near \"{}\"", &TOKEN[10..17]), "near \"JIUzI1N\""),
            ("your maps: are they well?".to_owned(), "your maps: are they well?"),
        ] {
            assert_eq!(shown(&text), expected, "{text}");
        }
    }

    #[test]
    fn a_part_of_a_secret_is_redacted_however_it_was_escaped() {
        let python = r#"b'your cards: A\xe2\x99\xa0 K\xe2\x99\xa0, don\'t tell <anyone> & "raise"'"#;
        let rust = r#""your cards: A\u{2660} K\u{2660}, don\'t tell <anyone> & \"raise\"""#;
        let html = "your cards: A\u{2660} K\u{2660}, don&#x27;t tell &lt;anyone&gt; &amp; &quot;raise&quot;";
        let url = "your%20cards%3A%20A%E2%99%A0%20K%E2%99%A0%2C%20don%27t%20tell%20%3Canyone%3E%20%26%20%22raise%22";
        let form = url.replace("%20", "+");
        let json = r#"your cards: A\u2660 K\u2660, don't tell \u003canyone\u003e \u0026 \"raise\""#;
        let octal = r#"your cards: A\342\231\240 K\342\231\240, don't tell <anyone> & \"raise\""#;
        for escaped in [python, rust, html, url, &form, json, octal] {
            for part in [escaped, &escaped[escaped.find("cards").unwrap()..], &escaped.to_lowercase()] {
                let shown = shown(&format!("cannot parse: {part}"));
                assert!(shown.starts_with("cannot parse:"), "{shown}");
                for word in ["cards", "2660", "99", "231", "tell", "anyone", "raise"] {
                    assert!(!shown.contains(word), "{word} of {part}: {shown}");
                }
            }
        }
        assert_eq!(shown("50% of &c; is \\q"), "50% of &c; is \\q", "what quotes nothing stays");
    }

    #[test]
    fn a_message_that_is_the_usual_answer_hides_nothing_of_it() {
        let accepted = r#"{"message":"message sent"}"#;
        assert_eq!(error_body(accepted, &["message sent"]).message.unwrap(), "message sent");
        assert_eq!(error_body(accepted, &["the message sent by"]).message.unwrap(), "message sent");
        let another = r#"{"message":"message sent twice"}"#;
        assert_eq!(error_body(another, &["message sent"]).message.unwrap(), "[redacted] twice");
    }

    #[test]
    fn a_short_secret_is_redacted_as_a_whole() {
        let body = error_body(r#"{"message":"HELLO, hell no"}"#, &["hello"]);
        assert_eq!(body.message.unwrap(), "[redacted], hell no");
        let body = error_body(r#"{"message":"hi, high"}"#, &["hi"]);
        assert_eq!(body.message.unwrap(), "hi, high");
    }

    #[test]
    fn a_text_that_is_much_longer_than_what_is_kept() {
        let text = MESSAGE.repeat(900);
        assert_eq!(shown(&text), "[redacted]");
        assert_eq!(shown(&format!("{}{MESSAGE}", "x".repeat(1023))), format!("{}[", "x".repeat(1023)));
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
