//! JSON that every parser reads alike: no duplicate keys in an object, of which some parsers take the first and others the
//! last. And its members: ids and roles, which callers act upon, are read strictly, the rest leniently.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::error::Error;

use super::{timestamp, validate};

/// Parses an object; `what` names it. serde_json limits nesting to 127 levels, and refuses text that is not UTF-8 or has
/// half a surrogate pair.
///
/// # Errors
/// What is wrong with it, in a text that quotes nothing of it.
pub(crate) fn parse_object(what: &str, json: &[u8]) -> Result<Map<String, Value>, String> {
    match serde_json::from_slice(json) {
        Ok(Unambiguous(Value::Object(object))) => Ok(object),
        Ok(Unambiguous(other)) => Err(format!("{what} {}, not an object", describe(&other))),
        // serde_json's own text may quote the JSON.
        Err(error) => {
            let fault = if error.is_data() { "has a key twice in one object" } else { "is not proper JSON" };
            Err(format!("{what} {fault} (line {}, column {})", error.line(), error.column()))
        }
    }
}

fn describe(value: &Value) -> &'static str {
    match value {
        Value::Null => "is null",
        Value::Bool(_) => "is a boolean",
        Value::Number(_) => "is a number",
        Value::String(_) => "is text",
        Value::Array(_) => "is an array",
        Value::Object(_) => "is an object",
    }
}

/// The members of an object, by name. Errors name the member, and quote nothing of it.
pub(crate) struct Members<'a> {
    /// What error texts put before a name.
    pub(crate) of: &'static str,
    pub(crate) object: &'a Map<String, Value>,
}

impl<'a> Members<'a> {
    /// Text that a send accepts as a peer id, a role or a type.
    pub(crate) fn name(&self, name: &str) -> Result<String, String> {
        self.required(name, validate::name)
    }

    pub(crate) fn room_id(&self, name: &str) -> Result<String, String> {
        self.required(name, validate::room_id)
    }

    /// The same, or empty: not every peer has a user id.
    pub(crate) fn name_or_empty(&self, name: &str) -> Result<String, String> {
        match self.object.get(name) {
            None => Ok(String::new()),
            Some(Value::String(text)) if text.is_empty() => Ok(String::new()),
            Some(_) => self.name(name),
        }
    }

    fn required(&self, name: &str, rule: fn(&str, &str) -> Result<(), Error>) -> Result<String, String> {
        let field = self.field(name);
        match self.object.get(name) {
            Some(Value::String(text)) => match rule(&field, text) {
                Ok(()) => Ok(text.clone()),
                Err(error) => Err(error.what().to_owned()),
            },
            Some(other) => Err(format!("{field} {}, not text", describe(other))),
            None => Err(format!("{field} is missing")),
        }
    }

    /// An object, if there is anything.
    pub(crate) fn object(&self, name: &str) -> Result<Option<&'a Map<String, Value>>, String> {
        match self.object.get(name) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(other) => Err(format!("{} {}, not an object", self.field(name), describe(other))),
        }
    }

    /// Text, or nothing.
    pub(crate) fn text(&self, name: &str) -> String {
        self.object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// A time, or nothing.
    pub(crate) fn time(&self, name: &str) -> Option<SystemTime> {
        timestamp::parse(self.object.get(name)?.as_str()?)
    }

    /// Seconds, or nothing.
    pub(crate) fn seconds(&self, name: &str) -> Option<Duration> {
        Duration::try_from_secs_f64(self.object.get(name)?.as_f64()?).ok()
    }

    pub(crate) fn field(&self, name: &str) -> String {
        format!("{}{name}", self.of)
    }
}

struct Unambiguous(Value);

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Unambiguous)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Unambiguous(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((key, Unambiguous(value))) = entries.next_entry::<String, _>()? {
            if object.insert(key, value).is_some() {
                return Err(A::Error::custom("a key twice"));
            }
        }
        Ok(object.into())
    }
}
