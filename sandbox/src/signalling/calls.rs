//! What a peer asks over its socket (JSON-RPC), and the answers.

use super::push;
use crate::app::App;
use crate::rooms::events::LeaveReason;
use crate::rooms::{Absent, Audience, Line, Seat};
use serde::Deserialize;
use serde_json::{Value, json};

const PARSE_ERROR: i64 = -32700;
const INVALID_REQUEST: i64 = -32600;
const METHOD_NOT_FOUND: i64 = -32601;
const INVALID_PARAMS: i64 = -32602;
const NOT_FOUND: i64 = 404;

/// The web client leaves `jsonrpc` out where it wants no answer, so it is not asked for.
#[derive(Deserialize)]
struct Call {
    method: String,
    #[serde(default)]
    params: Value,
    #[serde(default)]
    id: Value,
}

/// A peer's own message.
#[derive(Deserialize)]
struct Broadcast {
    info: Value,
    #[serde(default)]
    roles: Option<Vec<String>>,
    #[serde(default)]
    peer_id: Option<String>,
}

type Answer = Result<Value, (i64, &'static str)>;

/// Does what the peer asks. Answers go down its line, behind what is queued there.
pub fn handle(app: &App, seat: &Seat, line: &Line, text: &str) {
    let Ok(request) = serde_json::from_str::<Value>(text) else {
        line.send(&push::error(&Value::Null, PARSE_ERROR, "not JSON"));
        return;
    };
    let id = request.get("id").cloned().unwrap_or_default();
    let answer = match serde_json::from_value::<Call>(request) {
        Err(_) => Err((INVALID_REQUEST, "not a JSON-RPC call")),
        // The answer to a join has to come before what the join brings, so it is queued there.
        Ok(call) if call.method == "join" => match join(app, seat, &call) {
            Ok(()) => return,
            Err(error) => Err(error),
        },
        Ok(call) => perform(app, seat, &call),
    };
    if id.is_null() {
        return;
    }
    line.send(&match answer {
        Ok(result) => push::result(&id, result),
        Err((code, message)) => push::error(&id, code, message),
    });
}

fn join(app: &App, seat: &Seat, call: &Call) -> Result<(), (i64, &'static str)> {
    let text = |field: &str| call.params.get(field).and_then(Value::as_str).unwrap_or("");
    // The web client takes a falsy result for an error.
    let answer = (!call.id.is_null()).then(|| push::result(&call.id, json!({})));
    if app.rooms().join(seat, text("name"), text("data"), answer.as_ref()) {
        Ok(())
    } else {
        Err((NOT_FOUND, "this connection has left the room"))
    }
}

fn perform(app: &App, seat: &Seat, call: &Call) -> Answer {
    match call.method.as_str() {
        "ping" => Ok(json!({"timestamp": chrono::Utc::now().timestamp_millis()})),
        "broadcast" => broadcast(app, seat, &call.params),
        "leave" => {
            app.rooms().leave(seat, LeaveReason::ClientRequest);
            Ok(json!({}))
        }
        // Media and statistics: there is none here, and clients go on without.
        "analytics" | "trickle" | "track-update" | "offer" | "answer" => Ok(json!({})),
        _ => Err((METHOD_NOT_FOUND, "the sandbox does not know this method")),
    }
}

fn broadcast(app: &App, seat: &Seat, params: &Value) -> Answer {
    let message = Broadcast::deserialize(params)
        .ok()
        .filter(|message| message.info.is_object())
        .ok_or((INVALID_PARAMS, "info, roles or peer_id cannot be read"))?;
    let audience = Audience::of(message.peer_id.as_deref(), message.roles.unwrap_or_default());
    let sent =
        app.rooms().send(&seat.room_id, &audience, Some(seat), &message.info).map_err(
            |absent| match absent {
                Absent::Room => (NOT_FOUND, "the room is not active"),
                Absent::Peer => (NOT_FOUND, "the peer is not in the room"),
            },
        )?;
    Ok(json!({"timestamp": sent.timestamp, "message_id": sent.message_id}))
}
