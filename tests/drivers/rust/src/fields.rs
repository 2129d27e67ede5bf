//! Records as JSON.

use std::time::UNIX_EPOCH;

use roomcast::Field;
use serde_json::{Map, Value, json};

/// Times in milliseconds since 1970, the precision that all languages support.
pub fn json(fields: Vec<(&'static str, Field<'_>)>) -> Value {
    let members = fields.into_iter().map(|(name, field)| match field {
        Field::Text(text) => (name.to_owned(), text.into()),
        Field::Texts(texts) => (name.to_owned(), texts.into()),
        Field::Flag(truth) => (name.to_owned(), truth.into()),
        Field::Json(text) => (name.to_owned(), serde_json::from_str(text).expect("JSON")),
        Field::Duration(time) => (format!("{name}_ms"), json!(time.map(|time| time.as_millis() as u64))),
        Field::Time(time) => {
            let since =
                time.map(|time| time.duration_since(UNIX_EPOCH).expect("after 1970").as_millis() as u64);
            (format!("{name}_ms"), json!(since))
        }
    });
    Value::Object(members.collect::<Map<_, Value>>())
}
