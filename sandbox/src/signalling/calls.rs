//! The JSON-RPC calls of a peer over its WebSocket, and the responses.

use crate::frames;
use crate::model::{Audience, LeaveReason};
use crate::rooms::{Connection, FrameSender, NotFound};
use crate::state::AppState;
use serde::Deserialize;
use serde_json::{Value, json};

const PARSE_ERROR: i64 = -32700;
const INVALID_REQUEST: i64 = -32600;
const METHOD_NOT_FOUND: i64 = -32601;
const INVALID_PARAMS: i64 = -32602;
const NOT_FOUND: i64 = 404;

/// `jsonrpc` is not checked: the web client omits it in calls that need no response.
#[derive(Deserialize)]
struct Call {
    method: String,
    #[serde(default)]
    params: Value,
    #[serde(default)]
    id: Value,
}

/// The parameters of `broadcast`, a message from a peer.
#[derive(Deserialize)]
struct BroadcastParams {
    info: Value,
    #[serde(default)]
    roles: Option<Vec<String>>,
    #[serde(default)]
    peer_id: Option<String>,
}

/// Code and message of a JSON-RPC error.
type CallError = (i64, &'static str);

/// Handles one call. The response goes into the peer's queue, after the frames that are in it already.
pub fn handle(state: &AppState, connection: &Connection, queue: &FrameSender, text: &str) {
    let Ok(request) = serde_json::from_str::<Value>(text) else {
        queue.send(&frames::error(&Value::Null, PARSE_ERROR, "not JSON"));
        return;
    };
    let id = request.get("id").cloned().unwrap_or_default();
    let response = match serde_json::from_value::<Call>(request) {
        Err(_) => Err((INVALID_REQUEST, "not a JSON-RPC call")),
        // The response has to come before the other frames of a join, so `Rooms::join` queues it.
        Ok(call) if call.method == "join" => match join(state, connection, &call) {
            Ok(()) => return,
            Err(error) => Err(error),
        },
        Ok(call) => dispatch(state, connection, &call),
    };
    if id.is_null() {
        return;
    }
    queue.send(&match response {
        Ok(result) => frames::result(&id, result),
        Err((code, message)) => frames::error(&id, code, message),
    });
}

fn join(state: &AppState, connection: &Connection, call: &Call) -> Result<(), CallError> {
    let text = |field: &str| call.params.get(field).and_then(Value::as_str).unwrap_or("");
    // The web client treats a falsy result as an error.
    let response = (!call.id.is_null()).then(|| frames::result(&call.id, json!({})));
    if state.rooms().join(connection, text("name"), text("data"), response.as_ref()) {
        Ok(())
    } else {
        Err((NOT_FOUND, "this connection has left the room"))
    }
}

fn dispatch(state: &AppState, connection: &Connection, call: &Call) -> Result<Value, CallError> {
    match call.method.as_str() {
        "ping" => Ok(json!({"timestamp": chrono::Utc::now().timestamp_millis()})),
        "broadcast" => broadcast(state, connection, &call.params),
        "leave" => {
            state.rooms().leave(connection, LeaveReason::ClientRequest);
            Ok(json!({}))
        }
        // Media and statistics, which the sandbox does not have. Clients work without them.
        "analytics" | "trickle" | "track-update" | "offer" | "answer" => Ok(json!({})),
        _ => Err((METHOD_NOT_FOUND, "the sandbox does not know this method")),
    }
}

fn broadcast(state: &AppState, connection: &Connection, params: &Value) -> Result<Value, CallError> {
    let message = BroadcastParams::deserialize(params)
        .ok()
        .filter(|message| message.info.is_object())
        .ok_or((INVALID_PARAMS, "info, roles or peer_id cannot be read"))?;
    let audience = Audience::of(message.peer_id.as_deref(), message.roles.unwrap_or_default());
    let sent = state.rooms().send(&connection.room_id, &audience, Some(connection), &message.info).map_err(
        |missing| match missing {
            NotFound::Room => (NOT_FOUND, "the room is not active"),
            NotFound::Peer => (NOT_FOUND, "the peer is not in the room"),
        },
    )?;
    Ok(json!({"timestamp": sent.timestamp, "message_id": sent.message_id}))
}
