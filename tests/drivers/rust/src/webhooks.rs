//! Reads a webhook.

use std::time::UNIX_EPOCH;

use roomcast::{Event, Field, Spelling, WebhookError, Webhooks};
use serde_json::{Map, Value, json};

use crate::{argument, error_line};

pub fn read(call: &Value) -> Value {
    let options = call["webhooks"].as_object().expect("webhooks is an object");
    let given = options.iter().map(|(name, value)| (name.clone(), argument(value)));
    let webhooks = match Webhooks::with_options(given, Spelling::Snake) {
        Ok(webhooks) => webhooks,
        Err(error) => return error_line(&error),
    };
    let body = match call["body_hex"].as_str() {
        Some(hex) => bytes(hex),
        None => call["body"].as_str().expect("body is text").as_bytes().to_vec(),
    };
    let mut line = match webhooks.read(call["given"].as_str().map(str::as_bytes), &body) {
        Ok(event) => told(&event),
        Err(error) => refused(&error),
    };
    line["webhooks"] = format!("{webhooks:?}").into();
    line
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("hex"));
    digits.map(|pair| u8::from_str_radix(pair, 16).expect("hex")).collect()
}

fn told(event: &Event) -> Value {
    let fields = event.fields().into_iter().map(|(name, field)| match field {
        Field::Text(text) => (name.to_owned(), text.into()),
        Field::Flag(truth) => (name.to_owned(), truth.into()),
        Field::Json(text) => (name.to_owned(), serde_json::from_str(text).expect("JSON")),
        Field::Duration(time) => (format!("{name}_ms"), json!(time.map(|time| time.as_millis() as u64))),
        Field::Time(time) => {
            let since =
                time.map(|time| time.duration_since(UNIX_EPOCH).expect("after 1970").as_millis() as u64);
            (format!("{name}_ms"), json!(since))
        }
    });
    json!({ "event": fields.collect::<Map<_, Value>>() })
}

fn refused(error: &WebhookError) -> Value {
    json!({ "webhook_error": {
        "kind": error.kind().as_str(),
        "status": error.status(),
        "text": error.to_string(),
        "debug": format!("{error:?}"),
    } })
}
