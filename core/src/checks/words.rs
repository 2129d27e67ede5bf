//! What a server writes, against what may be shown of it.

use std::time::{Duration, SystemTime};

use super::calls::is_proper;
use crate::answer::Answer;
use crate::error::{ErrorKind, Outcome};

/// Characters that begin a new line in some language's eyes.
pub(super) fn breaks_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// The README's table of statuses.
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

/// Holds an answer with any status, header and body against what is promised of every error.
pub(super) fn hold(status: u16, retry_after: Option<&str>, secrets: &[&str], body: &[u8]) {
    let answer = || Answer { status, retry_after: retry_after.map(str::to_owned), body: body.to_vec() };
    let words = answer().words(secrets);
    assert!(words.details.len() <= 16);
    for text in words.message.iter().chain(&words.details) {
        assert!(text.len() <= 1024, "{} bytes", text.len());
        assert!(!text.contains(breaks_line), "more than one line: {text:?}");
        for secret in secrets {
            assert!(!shows(text, secret), "{secret:?} is in {text:?}");
        }
    }
    let error = answer().into_error(secrets, SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    is_proper(&error);
    assert_eq!(
        (error.kind(), error.outcome(), error.status()),
        (meaning(status).0, meaning(status).1, Some(status))
    );
    assert_eq!(error.code(), words.code);
    assert_eq!((error.server_message(), error.details()), (words.message.as_deref(), &words.details[..]));
    // A wait is added to times of day and put into numbers of other languages.
    assert!(error.retry_after().is_none_or(|wait| wait.as_secs() < 1 << 40), "{:?}", error.retry_after());
}

/// Whether a text shows a secret as it is or as JSON, or JSON in JSON, may write it. Our own "[redacted]", whole or cut
/// short, is no server's word.
pub(super) fn shows(text: &str, secret: &str) -> bool {
    const BLOT: &str = "[redacted]";
    if secret.len() < 4 || secret.contains(BLOT) {
        return false;
    }
    let cut = (1..BLOT.len()).rev().find(|length| text.ends_with(&BLOT[..*length])).unwrap_or(0);
    text[..text.len() - cut].split(BLOT).any(|part| {
        let mut part = part.to_owned();
        for _ in 0..3 {
            if part.contains(secret) {
                return true;
            }
            part = unescape(&part);
        }
        part.contains(secret)
    })
}

/// Reads each backslash as JSON would, wherever it stands.
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
