//! JSON that every parser reads alike: no duplicate keys in an object, of which some parsers take the first and others the
//! last. And its members: ids and roles, which callers act upon, are read strictly, the rest leniently.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::error::Error;

use super::{timestamp, validate};

/// How deep the body of a webhook may be nested, which is parsed on the caller's own thread. serde_json allows no more.
pub(crate) const MAX_WEBHOOK_NESTING: usize = 127;
/// How deep a response may be nested. 100ms's have 6 levels. Each level takes some 2 KiB of stack in a debug build, and the
/// reactor's thread, which parses them, has 256 KiB.
pub(super) const MAX_RESPONSE_NESTING: usize = 32;

/// The text of serde's error for deeper nesting.
const NESTED_TOO_DEEP: &str = "nested too deep";

/// Parses an object that is nested at most `max_nesting` deep; `what` names it. serde_json refuses text that is not UTF-8
/// or has half a surrogate pair.
///
/// # Errors
/// What is wrong with it, in a text that quotes nothing of it.
pub(crate) fn parse_object(
    what: &str,
    json: &[u8],
    max_nesting: usize,
) -> Result<Map<String, Value>, String> {
    match parse(json, Reader { unique_keys: true, levels_left: max_nesting }) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(other) => Err(format!("{what} {}, not an object", describe(&other))),
        // serde_json's own text may quote the JSON.
        Err(error) => {
            let fault = match error.is_data() {
                true if error.to_string().starts_with(NESTED_TOO_DEEP) => {
                    &format!("is nested more than {max_nesting} deep")
                }
                true => "has a key twice in one object",
                false => "is not proper JSON",
            };
            Err(format!("{what} {fault} (line {}, column {})", error.line(), error.column()))
        }
    }
}

/// Parses the body of an error response, of which nothing is acted upon: of a key that is there twice, the last counts.
pub(super) fn parse_leniently(json: &[u8]) -> Option<Map<String, Value>> {
    match parse(json, Reader { unique_keys: false, levels_left: MAX_RESPONSE_NESTING }) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}

fn parse(json: &[u8], reader: Reader) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = reader.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
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

/// Reads a value, and limits how deep it may be nested.
#[derive(Clone, Copy)]
struct Reader {
    /// A key twice in one object is an error.
    unique_keys: bool,
    levels_left: usize,
}

impl Reader {
    /// The reader of what an array or object holds.
    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.levels_left.checked_sub(1) {
            Some(levels_left) => Ok(Reader { levels_left, ..self }),
            None => Err(E::custom(NESTED_TOO_DEEP)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reader {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

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
        let inner = self.inner()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(inner)?;
            if object.insert(key, value).is_some() && self.unique_keys {
                return Err(A::Error::custom("a key twice"));
            }
        }
        Ok(object.into())
    }
}
