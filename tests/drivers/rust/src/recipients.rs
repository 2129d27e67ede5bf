//! One message to several recipients.

use roomcast::{Client, Error, MulticastRequest, RecipientResult};
use serde_json::{Map, Value, json};

use crate::{call_options, dynamic, error_line, message, result_line};

/// Calls as a user would if the types allow the arguments, otherwise as a binding would.
pub fn send(client: &Client, method: &str, call: &Value) -> Value {
    let options = call["options"].as_object().cloned().unwrap_or_default();
    let result = match typed(client, method, call, &options) {
        Some(result) => result,
        None => dynamic(method, call, &options).and_then(|operation| client.execute(operation)?.try_into()),
    };
    match result {
        Ok(results) => {
            json!({ "recipients": results.into_iter().map(recipient_line).collect::<Vec<_>>() })
        }
        Err(error) => error_line(&error),
    }
}

fn typed(
    client: &Client,
    method: &str,
    call: &Value,
    options: &Map<String, Value>,
) -> Option<Result<Vec<RecipientResult>, Error>> {
    let room_id = call.get("room_id")?.as_str()?;
    let target = call.get("target")?;
    let names = || -> Option<Vec<&str>> { target.as_array()?.iter().map(Value::as_str).collect() };
    let message = match message::typed(call.get("message")?)? {
        Ok(message) => message,
        Err(error) => return Some(Err(error)),
    };
    let mut request = match method {
        "send_to_user" if options.is_empty() => {
            return Some(client.send_to_user(room_id, target.as_str()?, message));
        }
        "send_to_user" => MulticastRequest::to_user(room_id, target.as_str()?, message),
        "send_to_users" => MulticastRequest::to_users(room_id, names()?, message),
        "send_to_peers" => MulticastRequest::to_peers(room_id, names()?, message),
        _ => MulticastRequest::to_roles(room_id, names()?, message),
    };
    for (name, value) in options {
        request = match name.as_str() {
            "type" => request.message_type(value.as_str()?),
            _ => call_options!(request, name, value),
        };
    }
    Some(client.send_multicast(&request))
}

fn recipient_line(recipient: RecipientResult) -> Value {
    let mut line = result_line(recipient.result);
    for (name, value) in
        [("peer_id", recipient.peer_id), ("role", recipient.role), ("user_id", recipient.user_id)]
    {
        if let Some(value) = value {
            line[name] = value.into();
        }
    }
    line
}
