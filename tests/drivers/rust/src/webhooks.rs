//! Reads a webhook.

use roomcast::{Spelling, WebhookError, Webhooks};
use serde_json::{Value, json};

use crate::{argument, error_line, fields};

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
        Ok(event) => json!({ "event": fields::json(event.fields()) }),
        Err(error) => refused(&error),
    };
    line["webhooks"] = format!("{webhooks:?}").into();
    line
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("hex"));
    digits.map(|pair| u8::from_str_radix(pair, 16).expect("hex")).collect()
}

fn refused(error: &WebhookError) -> Value {
    json!({ "webhook_error": {
        "kind": error.kind().as_str(),
        "status": error.status(),
        "text": error.to_string(),
        "debug": format!("{error:?}"),
    } })
}
