//! What a response other than 2xx means: the table of statuses, and the error in its body. Never fails on an odd body.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::error::{Error, ErrorBody, ErrorKind, Outcome, redact};
use crate::net::HttpResponse;

use super::json::parse_leniently;

/// What 100ms answers to every message that it accepts. It discloses nothing, also if the message is the same text.
const ACCEPTED: &str = "message sent";
/// The most `details` that are kept.
const MAX_DETAILS: usize = 16;

/// The error that a response other than 2xx stands for; `secrets` are redacted, in case the server echoes them.
pub(crate) fn error_for(response: &HttpResponse, secrets: &[&str], now: SystemTime) -> Error {
    let (kind, outcome) = meaning(response.status);
    let body = error_body(&response.body, secrets);
    let mut what = format!("the server answered {}", response.status);
    if let Some(message) = &body.message {
        what.push_str(": ");
        what.push_str(message.trim_end_matches('.'));
    }
    if !body.details.is_empty() {
        what = format!("{what} ({})", body.details.join("; "));
    }
    let mut retry_after = response.retry_after.as_deref().and_then(|text| parse_retry_after(text, now));
    if kind == ErrorKind::RateLimited && retry_after.is_none() {
        // 100ms documents no header, but the text "rate limit exceeded, retry after 45 seconds".
        retry_after = body.message.iter().chain(&body.details).find_map(|text| wait_in_text(text));
    }
    Error::new(kind, outcome, what)
        .advice(advice(kind))
        .with_response(response.status, body)
        .with_retry_after(retry_after)
        .with_request_id(request_id(response, secrets))
}

/// The id that the server gave the request, unless a secret is in it.
pub(super) fn request_id(response: &HttpResponse, secrets: &[&str]) -> Option<String> {
    let discloses = |id: &str| secrets.iter().any(|secret| !secret.is_empty() && id.contains(secret));
    response.request_id.clone().filter(|id| !discloses(id))
}

/// The `code`, `message` and `details` of a body, in either of the documented shapes, with `secrets` redacted.
pub(crate) fn error_body(body: &[u8], secrets: &[&str]) -> ErrorBody {
    let Some(body) = parse_leniently(body) else { return ErrorBody::default() };
    let details: Vec<&Value> = match (body.get("details"), body.get("data")) {
        (Some(Value::Array(details)), _) => details.iter().take(MAX_DETAILS).collect(),
        (Some(Value::Null) | None, Some(data)) => data.get("description").into_iter().collect(),
        (Some(Value::Null) | None, None) => Vec::new(),
        (Some(detail), _) => vec![detail],
    };
    let code = body.get("code").and_then(as_code);
    let message = body.get("message").and_then(Value::as_str);
    if details.is_empty() && message == Some(ACCEPTED) {
        return ErrorBody { code, message: message.map(str::to_owned), details: Vec::new() };
    }
    // Together, since a message may be long to search.
    let texts: Vec<Cow<'_, str>> =
        message.map(Cow::Borrowed).into_iter().chain(details.into_iter().map(as_text)).collect();
    let mut texts = redact(&texts, secrets).into_iter();
    ErrorBody { code, message: message.and_then(|_| texts.next()), details: texts.collect() }
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
        ErrorKind::NotFound => {
            "Check that the room is active, that the peer is in it, and that the base URL is right."
        }
        ErrorKind::RateLimited => "Wait as long as the server asks, then send it again.",
        _ => "",
    }
}

/// `Retry-After` as seconds or as a date; none for anything else. A date in the past is no wait.
fn parse_retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // A number that does not fit is longer than any deadline.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::from(u32::MAX)).min(u32::MAX.into())));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

/// The wait that a text asks for, such as "retry after 45 seconds": in seconds, minutes or hours, without a unit in seconds.
fn wait_in_text(text: &str) -> Option<Duration> {
    let text = text.to_ascii_lowercase();
    let mut parts =
        ["retry after", "retry-after", "retry in"].iter().flat_map(|words| text.split(words).skip(1));
    parts.find_map(|after| {
        let after = after.trim_start_matches([':', ' ', '=']);
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = after.split_at(digits);
        // As for the header, a number that does not fit is longer than any deadline.
        let number: u64 = if digits < 10 { number.parse().ok()? } else { u32::MAX.into() };
        let (fraction, rest) = match rest.strip_prefix('.') {
            Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => {
                (1, rest.trim_start_matches(|c: char| c.is_ascii_digit()))
            }
            _ => (0, rest),
        };
        let unit: String = rest.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
        let seconds = match unit.as_str() {
            "" | "s" | "sec" | "secs" | "second" | "seconds" => 1,
            "m" | "min" | "mins" | "minute" | "minutes" => 60,
            "h" | "hour" | "hours" => 3600,
            _ => return None,
        };
        Some(Duration::from_secs(((number + fraction) * seconds).min(u32::MAX.into())))
    })
}

fn as_text(value: &Value) -> Cow<'_, str> {
    value.as_str().map_or_else(|| value.to_string().into(), Cow::Borrowed)
}

fn as_code(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_documented_shapes_and_odd_ones() {
        let parsed = |body: &str| error_body(body.as_bytes(), &[]);
        let now = parsed(r#"{"code":401,"message":"Token validation error","details":["not found"]}"#);
        assert_eq!(now.code, Some(401));
        assert_eq!(now.message.as_deref(), Some("Token validation error"));
        assert_eq!(now.details, ["not found"]);
        let old = parsed(r#"{"code":404,"message":"Error: Room not found","data":{"description":"gone"}}"#);
        assert_eq!(old.details, ["gone"]);
        for odd in ["", "no", "[]", "null", r#"{"code":[],"message":5,"details":{}}"#, r#"{"message":"x"#] {
            let body = parsed(odd);
            assert_eq!((body.code, body.message), (None, None), "{odd}");
        }
    }

    #[test]
    fn retry_after_forms() {
        let now = httpdate::parse_http_date("Sun, 22 Nov 2026 12:00:00 GMT").unwrap();
        let seconds = |text| parse_retry_after(text, now).map(|d| d.as_secs());
        assert_eq!(seconds("45"), Some(45));
        assert_eq!(seconds("Sun, 22 Nov 2026 12:00:07 GMT"), Some(7));
        assert_eq!(seconds("Sun, 22 Nov 2026 11:00:00 GMT"), Some(0));
        assert_eq!(seconds("99999999999999999999999"), Some(u64::from(u32::MAX)));
        for nonsense in ["", "soon", "-1", "1.5"] {
            assert_eq!(seconds(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_wait_in_the_text_of_a_429() {
        let seconds = |text| wait_in_text(text).map(|d| d.as_secs());
        for (text, expected) in [
            ("rate limit exceeded, retry after 45 seconds", 45),
            ("Rate limit exceeded. Retry After 45 Seconds.", 45),
            ("retry after: 7s", 7),
            ("retry-after=8", 8),
            ("retry after 1 second, please", 1),
            ("retry after 2.5 seconds", 3),
            ("retry after 2. Bye", 2),
            ("retry after 3 minutes", 180),
            ("retry in 1 hour", 3600),
            ("do not retry after an error; retry after 9 seconds", 9),
            ("retry after 99999999999999999999999 hours", u64::from(u32::MAX)),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for text in
            ["", "45", "retry after", "retry after a while", "retry after -1", "retry after 5 ms", "retry"]
        {
            assert_eq!(seconds(text), None, "{text}");
        }

        let error_with = |secrets: &[&str], status, header: Option<&str>, body: &str| {
            let retry_after = header.map(str::to_owned);
            let response = HttpResponse { status, retry_after, body: body.into(), ..HttpResponse::default() };
            error_for(&response, secrets, SystemTime::UNIX_EPOCH).retry_after()
        };
        let error = |status, header, body| error_with(&[], status, header, body);
        let wait = Some(Duration::from_secs(45));
        let (message, details) =
            (r#"{"message":"retry after 45 seconds"}"#, r#"{"details":["why","retry after 45 seconds"]}"#);
        assert_eq!(error(429, None, message), wait);
        assert_eq!(error(429, None, details), wait);
        assert_eq!(error(429, Some("soon"), message), wait);
        assert_eq!(error(429, Some("3"), message), Some(Duration::from_secs(3)), "the header comes first");
        assert_eq!(error(503, None, message), None);
        let echoed = r#"{"message":"retry after 7 seconds"}"#;
        assert_eq!(error_with(&["retry after 7 seconds"], 429, None, echoed), None, "the caller's own text");
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
