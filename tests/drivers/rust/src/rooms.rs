//! Asks for a room and its peers.

use roomcast::{Call, Client, Error, Method, PeerQuery, Spelling, Told};
use serde_json::{Value, json};

use crate::{argument, error_line, fields};

pub fn ask(client: &Client, method: &str, call: &Value) -> Value {
    let told = if method == "get_room" { room(client, call) } else { peers(client, call) };
    match told {
        Ok(Told::Room(room)) => json!({ "room": fields::json(room.fields()) }),
        Ok(Told::Peers(peers)) => {
            json!({ "peers": peers.iter().map(|peer| fields::json(peer.fields())).collect::<Vec<_>>() })
        }
        Ok(Told::Receipt(_)) => panic!("nothing was sent"),
        Err(error) => error_line(&error),
    }
}

/// As a user would, where the types can say what is wanted; else as a binding would.
fn room(client: &Client, call: &Value) -> Result<Told, Error> {
    match (call["room_id"].as_str(), options(call).next()) {
        (Some(room_id), None) => client.get_room(room_id).map(|room| Told::Room(Box::new(room))),
        _ => dynamic(client, Method::GetRoom, call),
    }
}

fn peers(client: &Client, call: &Value) -> Result<Told, Error> {
    let mut query = match call["room_id"].as_str() {
        Some(room_id) => PeerQuery::new(room_id),
        None => return dynamic(client, Method::ListPeers, call),
    };
    for (name, value) in options(call) {
        query = match (name.as_str(), value.as_str()) {
            ("user_id", Some(user_id)) => query.user_id(user_id),
            ("role", Some(role)) => query.role(role),
            _ => return dynamic(client, Method::ListPeers, call),
        };
    }
    client.list_peers(&query).map(Told::Peers)
}

fn dynamic(client: &Client, method: Method, call: &Value) -> Result<Told, Error> {
    let mut dynamic = Call::new(method, Spelling::Snake);
    if let Some(value) = call.get("room_id") {
        dynamic = dynamic.room_id(argument(value));
    }
    for (name, value) in options(call) {
        dynamic = dynamic.option(name, argument(value));
    }
    client.ask(&dynamic.into_ask()?)
}

fn options(call: &Value) -> impl Iterator<Item = (&String, &Value)> {
    call["options"].as_object().into_iter().flatten()
}
