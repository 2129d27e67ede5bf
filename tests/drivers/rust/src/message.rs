//! Messages that are not text: JSON, and the formats of 100ms's clients.

use roomcast::{Argument, Error, JsonText, Message, MessageArgument, Request};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;

use crate::argument as plain_argument;

/// Sets an option that every call takes; returns `None` from the function if it is another one, or of another type.
#[macro_export]
macro_rules! call_options {
    ($request:ident, $name:ident, $value:ident) => {
        match $name.as_str() {
            "timeout" => $request.timeout(std::time::Duration::try_from_secs_f64($value.as_f64()?).ok()?),
            "max_attempts" => $request.max_attempts($value.as_u64()?.try_into().ok()?),
            "retry_unknown" => $request.retry_unknown($value.as_bool()?),
            _ => return None,
        }
    };
}

/// The request, with the types that a user would use, if they allow the arguments.
pub(crate) fn request(method: &str, call: &Value) -> Option<Result<Request, Error>> {
    let room_id = call.get("room_id")?.as_str()?;
    let message = match typed(call.get("message")?)? {
        Ok(message) => message,
        Err(error) => return Some(Err(error)),
    };
    let mut request = Request::new(room_id, message);
    let target = call.get("target").and_then(Value::as_str);
    request = match method {
        "send_to_peer" => request.peer_id(target?),
        "send_to_role" => request.role(target?),
        _ => request,
    };
    for (name, value) in call.get("options").and_then(Value::as_object).into_iter().flatten() {
        request = match name.as_str() {
            "peer_id" if method == "send_message" => request.peer_id(value.as_str()?),
            "role" if method == "send_message" => request.role(value.as_str()?),
            "type" => request.message_type(value.as_str()?),
            _ => call_options!(request, name, value),
        };
    }
    Some(Ok(request))
}

pub(crate) fn typed(value: &Value) -> Option<Result<Message, Error>> {
    let object = match value {
        Value::String(text) => return Some(Ok(Message::text(text))),
        Value::Object(object) => object,
        Value::Array(_) => return Some(Message::json(&Json(value))),
        _ => return None,
    };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Some(if let Some(line) = object.get("$chat") {
        Ok(Message::chat(text(line)?))
    } else if let Some(event) = object.get("$event") {
        match event.get("payload") {
            Some(payload) => Message::event(text(&event["name"])?, &Json(payload)),
            None => Message::event(text(&event["name"])?, ""),
        }
    } else if let Some(reaction) = object.get("$reaction") {
        let message = Message::reaction(text(&reaction["emoji_id"])?);
        Ok(match reaction.get("sender_id") {
            Some(sender_id) => message.sender_id(text(sender_id)?),
            None => message,
        })
    } else if object.contains_key("$not_unicode") {
        return None;
    } else {
        Message::json(&Json(value))
    })
}

/// As a binding passes it.
pub(crate) fn argument(value: &Value) -> Result<Argument, Error> {
    Ok(match value {
        Value::Object(object) if object.contains_key("$chat") => {
            let message = MessageArgument::new("chat").field("message", plain_argument(&object["$chat"]));
            Argument::Message(Box::new(message))
        }
        Value::Object(object) if object.contains_key("$not_unicode") => Argument::NotUnicode,
        Value::Array(_) | Value::Object(_) => Argument::Json(JsonText::serialize("message", &Json(value))?),
        other => plain_argument(other),
    })
}

/// A case's JSON, in which `{"$nan": true}` stands for what JSON cannot express.
struct Json<'a>(&'a Value);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(object) if object.contains_key("$nan") => serializer.serialize_f64(f64::NAN),
            Value::Object(object) => {
                let mut map = serializer.serialize_map(Some(object.len()))?;
                object.iter().try_for_each(|(name, value)| map.serialize_entry(name, &Json(value)))?;
                map.end()
            }
            Value::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(&Json(item)))?;
                list.end()
            }
            other => other.serialize(serializer),
        }
    }
}
