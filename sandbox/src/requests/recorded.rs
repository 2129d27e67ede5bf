//! One request, with what became of it.

use super::known::{Arrived, Known};
use super::outcome::Outcome;
use crate::model::{MAX_NAME, MAX_TEXT, truncate};
use chrono::{DateTime, SecondsFormat, Utc};
use percent_encoding::percent_decode_str;
use serde::{Serialize, Serializer};

/// In bytes. Of a path with its query, the record keeps this much.
const MAX_PATH: usize = 2 << 10;

/// As JSON, this is what tools get.
#[derive(Debug, Clone, Serialize)]
pub struct Recorded {
    /// Counts from 1, in the order in which the requests ended.
    pub number: u64,
    /// When it arrived.
    #[serde(serialize_with = "milliseconds")]
    time: DateTime<Utc>,
    /// Until there was a response, or the request was dropped.
    duration_ms: i64,
    method: String,
    path: String,
    /// None if the path has no room.
    room_id: Option<String>,
    /// None if the client got no response.
    status: Option<u16>,
    outcome: Outcome,
    /// The first 8 KiB. Bytes that are not UTF-8 are replaced.
    body: String,
    /// The length of the whole body.
    body_bytes: usize,
    response: Option<String>,
    user_agent: Option<String>,
    /// The kinds of the faults that were applied, separated by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    /// Of the message that it sent: also if the client got no response.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
}

impl Recorded {
    pub(super) fn new(number: u64, arrived: &Arrived, known: Known) -> Self {
        let response = known.response.filter(|_| !known.is_unanswered);
        let status = response.as_ref().map(|response| response.status);
        Self {
            number,
            time: arrived.time,
            duration_ms: (Utc::now() - arrived.time).num_milliseconds().max(0),
            method: truncate(&arrived.method, MAX_NAME).to_owned(),
            path: truncate(&arrived.path, MAX_PATH).to_owned(),
            room_id: room_of(&arrived.path).map(|room| truncate(&room, MAX_NAME).to_owned()),
            status,
            outcome: Outcome::of(status),
            body: text(&known.body),
            body_bytes: known.body_bytes,
            response: response.map(|response| text(&response.body)),
            user_agent: arrived.user_agent.as_deref().map(|agent| truncate(agent, MAX_NAME).to_owned()),
            fault: known.fault,
            message_id: known.message_id,
        }
    }

    /// In bytes, of all texts that may be long.
    pub(super) fn size(&self) -> usize {
        let response = self.response.as_ref().map_or(0, String::len);
        self.body.len() + response + self.path.len() + size_of::<Self>()
    }
}

fn milliseconds<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// At most `MAX_TEXT` bytes. A character that the limit cuts is omitted.
fn text(bytes: &[u8]) -> String {
    let kept = &bytes[..bytes.len().min(MAX_TEXT)];
    let whole = match std::str::from_utf8(kept) {
        Err(error) if error.error_len().is_none() && kept.len() < bytes.len() => &kept[..error.valid_up_to()],
        _ => kept,
    };
    truncate(&String::from_utf8_lossy(whole), MAX_TEXT).to_owned()
}

/// The room in a path of the server API, or of the page's own request to send.
fn room_of(path: &str) -> Option<String> {
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    let rest = path.strip_prefix("/v2/active-rooms/").or_else(|| path.strip_prefix("/page/rooms/"))?;
    let (room, _) = rest.split_once('/').unwrap_or((rest, ""));
    let room = percent_decode_str(room).decode_utf8().ok()?;
    (!room.is_empty()).then(|| room.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_is_in_the_path() {
        for (path, room) in [
            ("/v2/active-rooms/r1", Some("r1")),
            ("/v2/active-rooms/r1/send-message", Some("r1")),
            ("/v2/active-rooms/r1/peers?role=host/x", Some("r1")),
            ("/v2/active-rooms/a%2Fb%20%C3%A9/peers", Some("a/b é")),
            ("/page/rooms/r1/send-message", Some("r1")),
            ("/v2/active-rooms/%FF/peers", None),
            ("/v2/active-rooms//peers", None),
            ("/v2/active-rooms", None),
            ("/v2/rooms/r1", None),
        ] {
            assert_eq!(room_of(path).as_deref(), room, "{path}");
        }
    }

    #[test]
    fn a_long_body_is_cut_between_characters() {
        let long = "é".repeat(MAX_TEXT);
        assert_eq!(text(long.as_bytes()).len(), MAX_TEXT);
        assert_eq!(text(format!("x{long}").as_bytes()).len(), MAX_TEXT - 1);
        assert_eq!(text(b"\xff!"), "\u{fffd}!");
        assert!(text(&[0xff; 3 * MAX_TEXT]).len() <= MAX_TEXT);
    }
}
