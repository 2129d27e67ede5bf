//! Calls the Rust crate and prints the results. See ../README.md.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use roomcast::{
    Argument, Call, Client, Error, ErrorKind, Fake, Operation, SendResult, Spelling, WebhookErrorKind,
};
use serde_json::{Map, Value, json};

mod fake;
mod fields;
mod many;
mod message;
mod recipients;
mod rooms;
mod send_many;
mod webhooks;

fn main() -> io::Result<()> {
    if std::env::args().any(|argument| argument == "--kinds") {
        ErrorKind::ALL.iter().for_each(|kind| println!("{kind}"));
        return Ok(());
    }
    if std::env::args().any(|argument| argument == "--webhook-kinds") {
        WebhookErrorKind::ALL.iter().for_each(|kind| println!("{kind}"));
        return Ok(());
    }
    let mut input = String::new();
    io::stdin().read_to_string(&mut input)?;
    let input: Value = serde_json::from_str(&input)?;
    let fake = input["fake"].as_array().map(|peers| fake::with_peers(peers));
    let client = match client(input["client"].as_object().expect("client is an object"), fake.as_ref()) {
        Ok(client) => client,
        Err(error) => return print(&error_line(&error)),
    };
    print(&json!({ "client": format!("{client:?}") }))?;
    for call in input["calls"].as_array().expect("calls is a list") {
        let method = call["method"].as_str().expect("method is text");
        if method == "pause" {
            thread::sleep(Duration::from_secs_f64(call["seconds"].as_f64().expect("seconds is a number")));
            print(&json!({ "paused": true }))?;
            continue;
        }
        if method == "burst" || method == "fork" {
            many::run(&client, method, call)?;
            continue;
        }
        if method == "drain" {
            many::drain(&client, call)?;
            continue;
        }
        if method == "close" {
            client.close();
            print(&json!({ "closed": true }))?;
            continue;
        }
        if method == "read_webhook" {
            print(&webhooks::read(call))?;
            continue;
        }
        if method == "list_peers" || method == "get_room" {
            print(&rooms::query(&client, method, call))?;
            continue;
        }
        if matches!(method, "send_to_user" | "send_to_users" | "send_to_peers" | "send_to_roles") {
            print(&recipients::send(&client, method, call))?;
            continue;
        }
        if method == "send_many" {
            print(&send_many::send(&client, call))?;
            continue;
        }
        print(&result_line(send(&client, method, call)))?;
    }
    fake.as_ref().map_or(Ok(()), fake::write_sent)
}

fn print(line: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

fn client(options: &Map<String, Value>, fake: Option<&Fake>) -> Result<Client, Error> {
    let mut builder = Client::builder();
    if let Some(fake) = fake {
        builder = builder.fake_server(Arc::new(fake.clone()));
    }
    for (name, value) in options {
        builder = builder.option(name, argument(value))?;
    }
    builder.build()
}

/// Calls as a user would if the types allow the arguments, otherwise as a binding would.
fn send(client: &Client, method: &str, call: &Value) -> Result<SendResult, Error> {
    let options = call["options"].as_object().cloned().unwrap_or_default();
    let text = |name: &str| call.get(name).and_then(Value::as_str);
    let typed = (options.is_empty()).then(|| (method, text("room_id"), text("target"), text("message")));
    match typed {
        Some(("send_to_peer", Some(room), Some(peer), Some(message))) => {
            client.send_to_peer(room, peer, message)
        }
        Some(("send_to_role", Some(room), Some(role), Some(message))) => {
            client.send_to_role(room, role, message)
        }
        Some(("broadcast", Some(room), None, Some(message))) => client.broadcast(room, message),
        _ => match message::request(method, call) {
            Some(request) => client.send_message(&request?),
            None => client.execute(dynamic(method, call, &options)?)?.try_into(),
        },
    }
}

fn dynamic(method: &str, call: &Value, options: &Map<String, Value>) -> Result<Operation<'static>, Error> {
    let target = match method {
        "send_to_peer" => "peer_id",
        "send_to_role" => "role",
        "send_to_user" => "user_id",
        "send_to_users" => "user_ids",
        "send_to_peers" => "peer_ids",
        "send_to_roles" => "roles",
        _ => "",
    };
    let mut dynamic = Call::new(method, Spelling::Snake)?;
    for (key, parameter) in [("room_id", "room_id"), ("message", "message"), ("target", target)] {
        if let Some(value) = call.get(key) {
            let value = match value {
                Value::Array(names) if dynamic.takes_list(parameter) => {
                    Argument::List(names.iter().map(argument).collect())
                }
                _ if dynamic.takes_message(parameter) => message::argument(value)?,
                _ => argument(value),
            };
            dynamic = dynamic.argument(parameter, value);
        }
    }
    for (name, value) in options {
        dynamic = dynamic.option(name, argument(value));
    }
    dynamic.into_operation()
}

pub(crate) fn argument(value: &Value) -> Argument {
    match value {
        Value::Null => Argument::Null,
        Value::Bool(value) => Argument::Bool(*value),
        Value::Number(number) => Argument::Number(number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => Argument::Text(text.clone()),
        Value::Array(_) => Argument::Other("list".into()),
        // Text in Rust is always Unicode.
        Value::Object(object) if object.contains_key("$not_unicode") => Argument::NotUnicode,
        Value::Object(_) => Argument::Other("object".into()),
    }
}

fn result_line(result: Result<SendResult, Error>) -> Value {
    match result {
        Ok(sent) => {
            let mut result = json!({ "message": sent.message, "attempts": sent.attempts });
            if let Some(id) = sent.request_id {
                result["request_id"] = id.into();
            }
            json!({ "send_result": result })
        }
        Err(error) => error_line(&error),
    }
}

fn error_line(error: &Error) -> Value {
    json!({ "error": {
        "kind": error.kind().as_str(),
        "outcome": error.outcome().as_str(),
        "status": error.status(),
        "code": error.code(),
        "server_message": error.server_message(),
        "details": error.details(),
        "retry_after": error.retry_after().map(|wait| wait.as_secs_f64()),
        "request_id": error.request_id(),
        "attempts": error.attempts(),
        "text": error.to_string(),
        "debug": format!("{error:?}"),
    } })
}
