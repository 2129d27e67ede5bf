//! `roomcast peers`: who is in a room.

use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, Utc};
use roomcast::{Field, Peer, PeerQuery};
use serde_json::{Map, Value, json};

use crate::args::{Global, PeersArgs};
use crate::client;
use crate::outcome::{Exit, Failure};
use crate::output::Output;
use crate::signals;

pub fn run(global: &Global, args: &PeersArgs, output: &mut Output) -> Result<Exit, Failure> {
    let interrupt = signals::watch(|| {});
    let client = client::interruptible(global, &interrupt)?;
    let mut query = PeerQuery::new(&args.room_id);
    if let Some(user) = &args.user {
        query = query.user_id(user);
    }
    if let Some(role) = &args.role {
        query = query.role(role);
    }
    let peers = client.list_peers(&query)?;
    if global.json {
        for peer in &peers {
            output.line(Value::Object(to_json(peer)).to_string());
        }
    } else {
        show(&peers, output);
    }
    Ok(Exit::Accepted)
}

/// Every field of a peer.
pub fn to_json(peer: &Peer) -> Map<String, Value> {
    peer.fields().into_iter().map(|(name, field)| (name.to_owned(), value(field))).collect()
}

fn value(field: Field<'_>) -> Value {
    match field {
        Field::Text(text) | Field::Json(text) => json!(text),
        Field::Flag(flag) => json!(flag),
        Field::Time(time) => json!(time.map(rfc3339)),
        Field::Duration(duration) => json!(duration.map(|duration| duration.as_secs_f64())),
        Field::Texts(texts) => json!(texts),
    }
}

fn rfc3339(time: SystemTime) -> String {
    DateTime::<Utc>::from(time).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A table. What peers say of themselves is shown without control characters, which could move the terminal's cursor.
fn show(peers: &[Peer], output: &mut Output) {
    let mut rows = vec![["PEER", "USER", "ROLE", "NAME", "JOINED"].map(str::to_owned)];
    rows.extend(peers.iter().map(|peer| {
        let joined = peer.joined_at.map(rfc3339).unwrap_or_default();
        [&peer.peer_id, &peer.user_id, &peer.role, &peer.name, &joined].map(|text| printable(text))
    }));
    let widths: Vec<usize> =
        (0..5).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        output.line(cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

/// Text of others, for a terminal.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
