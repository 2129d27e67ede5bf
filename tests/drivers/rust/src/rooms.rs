//! Queries a room and its peers.

use roomcast::{Call, Client, Error, PeerQuery, Response, Spelling};
use serde_json::{Value, json};

use crate::{argument, error_line, fields};

pub fn query(client: &Client, method: &str, call: &Value) -> Value {
    let result = if method == "get_room" { room(client, call) } else { peers(client, call) };
    match result {
        Ok(Response::Room(room)) => json!({ "room": fields::json(room.fields()) }),
        Ok(Response::Peers(peers)) => {
            json!({ "peers": peers.iter().map(|peer| fields::json(peer.fields())).collect::<Vec<_>>() })
        }
        Ok(Response::SendResult(_) | Response::Recipients(_)) => panic!("nothing was sent"),
        Err(error) => error_line(&error),
    }
}

/// Calls as a user would if the types allow the arguments, otherwise as a binding would.
fn room(client: &Client, call: &Value) -> Result<Response, Error> {
    match (call["room_id"].as_str(), options(call).next()) {
        (Some(room_id), None) => client.get_room(room_id).map(|room| Response::Room(Box::new(room))),
        _ => dynamic(client, "get_room", call),
    }
}

fn peers(client: &Client, call: &Value) -> Result<Response, Error> {
    let mut query = match call["room_id"].as_str() {
        Some(room_id) => PeerQuery::new(room_id),
        None => return dynamic(client, "list_peers", call),
    };
    for (name, value) in options(call) {
        query = match (name.as_str(), value.as_str()) {
            ("user_id", Some(user_id)) => query.user_id(user_id),
            ("role", Some(role)) => query.role(role),
            _ => return dynamic(client, "list_peers", call),
        };
    }
    client.list_peers(&query).map(Response::Peers)
}

fn dynamic(client: &Client, method: &str, call: &Value) -> Result<Response, Error> {
    let mut dynamic = Call::new(method, Spelling::Snake)?;
    if let Some(value) = call.get("room_id") {
        dynamic = dynamic.argument("room_id", argument(value));
    }
    for (name, value) in options(call) {
        dynamic = dynamic.option(name, argument(value));
    }
    client.execute(dynamic.into_operation()?)
}

fn options(call: &Value) -> impl Iterator<Item = (&String, &Value)> {
    call["options"].as_object().into_iter().flatten()
}
