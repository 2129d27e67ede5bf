//! The server's text, and what of it may be shown.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use percent_encoding::percent_decode_str;

use super::calls::is_proper;
use crate::api::{error_body, error_for};
use crate::error::{ErrorKind, Outcome};
use crate::net::HttpResponse;

/// Characters that start a new line in some language.
pub(super) fn breaks_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// The table of statuses of docs/errors-and-retries.md.
pub(super) fn meaning(status: u16) -> (ErrorKind, Outcome) {
    match status {
        401 => (ErrorKind::Unauthenticated, Outcome::Rejected),
        403 => (ErrorKind::PermissionDenied, Outcome::Rejected),
        404 => (ErrorKind::NotFound, Outcome::Rejected),
        429 => (ErrorKind::RateLimited, Outcome::Rejected),
        408 => (ErrorKind::Server, Outcome::Unknown),
        300..=499 => (ErrorKind::Rejected, Outcome::Rejected),
        500..=599 => (ErrorKind::Server, Outcome::Unknown),
        _ => (ErrorKind::Protocol, Outcome::Unknown),
    }
}

/// Checks for a response with any status, header and body what holds for every error.
pub(super) fn hold(status: u16, retry_after: Option<&str>, secrets: &[&str], body: &[u8]) {
    let retry_after = retry_after.map(str::to_owned);
    let response = HttpResponse { status, retry_after, body: body.to_vec(), ..HttpResponse::default() };
    let parsed = error_body(body, secrets);
    assert!(parsed.details.len() <= 16);
    for text in parsed.message.iter().chain(&parsed.details) {
        assert!(text.len() <= 1024, "{} bytes", text.len());
        assert!(!text.contains(breaks_line), "more than one line: {text:?}");
        for secret in secrets {
            assert!(!shows(text, secret), "{secret:?} is in {text:?}");
        }
    }
    let error = error_for(&response, secrets, SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    is_proper(&error);
    assert_eq!(
        (error.kind(), error.outcome(), error.status()),
        (meaning(status).0, meaning(status).1, Some(status))
    );
    assert_eq!(error.code(), parsed.code);
    assert_eq!((error.server_message(), error.details()), (parsed.message.as_deref(), &parsed.details[..]));
    // A wait is added to times of day and put into numbers of other languages.
    assert!(error.retry_after().is_none_or(|wait| wait.as_secs() < 1 << 40), "{:?}", error.retry_after());
}

/// Whether a text shows a secret, or 8 characters of it in a row, in any case, as it is or as JSON, JSON in JSON, or a URL may
/// write it. "[redacted]", whole or cut short, is ours and not the server's. The usual answer is no secret.
pub(crate) fn shows(text: &str, secret: &str) -> bool {
    const MARK: &str = "[redacted]";
    if secret.len() < 4 || text == "message sent" {
        return false;
    }
    let secret: Vec<char> = secret.chars().map(plain).collect();
    let length = secret.len().min(8);
    let runs: HashSet<&[char]> = secret.windows(length).collect();
    let has_run = |text: &str| {
        let chars: Vec<char> = text.chars().map(plain).collect();
        chars.windows(length).any(|window| runs.contains(window))
    };
    let cut = (1..MARK.len()).rev().find(|length| text.ends_with(&MARK[..*length])).unwrap_or(0);
    text[..text.len() - cut].split(MARK).any(|part| {
        let mut json = part.to_owned();
        let in_json = (0..4).any(|_| {
            let found = has_run(&json);
            json = unescape(&json);
            found
        });
        // What is not UTF-8 stands for nothing that a secret can hold.
        let url = percent_decode_str(part).decode_utf8_lossy().replace('\u{fffd}', "\u{10ffff}");
        in_json || has_run(&url)
    })
}

/// The character in lower case; and a space for one that begins another line, in whose place the text has one.
fn plain(c: char) -> char {
    if breaks_line(c) { ' ' } else { c.to_lowercase().next().unwrap_or(c) }
}

/// Resolves each escape as JSON would, wherever it stands.
fn unescape(text: &str) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let escape = rest.strip_prefix('\\').and_then(|after| after.chars().next());
        let (unit, length) = match escape {
            Some('n') => (u16::from(b'\n'), 2),
            Some('t') => (u16::from(b'\t'), 2),
            Some('r') => (u16::from(b'\r'), 2),
            Some('b') => (8, 2),
            Some('f') => (12, 2),
            Some(same @ ('"' | '\\' | '/')) => (same as u16, 2),
            Some('u') => match rest.get(2..6).and_then(|hex| u16::from_str_radix(hex, 16).ok()) {
                Some(unit) => (unit, 6),
                None => (u16::from(b'\\'), 1),
            },
            _ => {
                units.extend(c.encode_utf16(&mut [0; 2]).iter());
                rest = &rest[c.len_utf8()..];
                continue;
            }
        };
        units.push(unit);
        rest = &rest[length..];
    }
    String::from_utf16_lossy(&units)
}
