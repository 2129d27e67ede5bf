//! Reads the fields of a body, a query or an option strictly: an unknown field and a wrong value are errors that name
//! the field.

use crate::http::expect_json;
use axum::http::HeaderMap;
use serde_json::{Map, Value};
use std::ops::RangeInclusive;

/// A field and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    pub field: String,
    pub message: String,
}

impl FieldError {
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), message: message.into() }
    }
}

/// The fields that were not read yet, and the names of all that were asked for.
#[derive(Debug)]
pub struct Fields {
    given: Map<String, Value>,
    known: Vec<&'static str>,
    /// All values are strings, and a number is one that is written as such.
    are_texts: bool,
}

impl Fields {
    /// The members of a JSON object. An empty body is an object without members.
    pub fn of_body(headers: &HeaderMap, body: &[u8]) -> Result<Self, FieldError> {
        let invalid = |message: String| FieldError::new("body", message);
        expect_json(headers).map_err(|_| invalid("the content type is not application/json".to_owned()))?;
        if body.is_empty() {
            return Ok(Self::of(Map::new()));
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(given)) => Ok(Self::of(given)),
            Ok(_) => Err(invalid("it is not a JSON object".to_owned())),
            Err(error) => Err(invalid(format!("it is not JSON: {error}"))),
        }
    }

    /// The parameters of a query, or the parts of an option.
    pub fn of_texts(texts: Vec<(String, String)>) -> Result<Self, FieldError> {
        let mut given = Map::new();
        for (name, text) in texts {
            if given.insert(name.clone(), Value::String(text)).is_some() {
                return Err(FieldError::new(&name, "it is given twice"));
            }
        }
        Ok(Self { are_texts: true, ..Self::of(given) })
    }

    fn of(given: Map<String, Value>) -> Self {
        Self { given, known: Vec::new(), are_texts: false }
    }

    /// Any JSON. Null counts as not given.
    pub fn any(&mut self, field: &'static str) -> Option<Value> {
        self.known.push(field);
        self.given.remove(field).filter(|value| !value.is_null())
    }

    /// A text of at most `max` bytes.
    pub fn text(&mut self, field: &'static str, max: usize) -> Result<Option<String>, FieldError> {
        match self.any(field) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= max => Ok(Some(text)),
            Some(Value::String(_)) => Err(FieldError::new(field, format!("it has more than {max} bytes"))),
            Some(_) => Err(FieldError::new(field, "it is not a string")),
        }
    }

    /// A text that is not blank.
    pub fn name(&mut self, field: &'static str, max: usize) -> Result<Option<String>, FieldError> {
        match self.text(field, max)? {
            Some(text) if text.trim().is_empty() => Err(FieldError::new(field, "it is blank")),
            text => Ok(text),
        }
    }

    pub fn integer(
        &mut self,
        field: &'static str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, FieldError> {
        let Some(value) = self.number(field) else {
            return Ok(None);
        };
        let value = value.as_u64().filter(|value| range.contains(value));
        value.map(Some).ok_or_else(|| {
            let (start, end) = range.into_inner();
            let limits =
                if end == u64::MAX { format!("at least {start}") } else { format!("{start} to {end}") };
            FieldError::new(field, format!("it is not a whole number, {limits}"))
        })
    }

    /// A probability above 0 and up to 1.
    pub fn probability(&mut self, field: &'static str) -> Result<Option<f64>, FieldError> {
        let Some(value) = self.number(field) else {
            return Ok(None);
        };
        let value = value.as_f64().filter(|value| *value > 0.0 && *value <= 1.0);
        value.map(Some).ok_or_else(|| FieldError::new(field, "it is not a number above 0 and up to 1"))
    }

    /// A value that is to be a number.
    fn number(&mut self, field: &'static str) -> Option<Value> {
        let value = self.any(field)?;
        match &value {
            // What is not a number stays a string, which is none.
            Value::String(text) if self.are_texts => serde_json::from_str(text).ok().or(Some(value)),
            _ => Some(value),
        }
    }

    /// Fails if a field was given that was not asked for.
    pub fn finish(self) -> Result<(), FieldError> {
        match self.given.keys().next() {
            None => Ok(()),
            Some(unknown) => {
                let known = match self.known.is_empty() {
                    true => "there is none here".to_owned(),
                    false => format!("known are {}", self.known.join(", ")),
                };
                Err(FieldError::new(unknown, format!("it is not a known field; {known}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Fields {
        Fields::of_body(&HeaderMap::new(), text.as_bytes()).unwrap()
    }

    #[test]
    fn values_of_another_type_or_size_are_errors_of_their_field() {
        let mut fields = body(r#"{"a": 1, "b": "x", "c": " ", "d": "long", "e": null, "f": 0.5, "g": 1.5}"#);
        let error = |field, message: &str| FieldError::new(field, message);
        assert_eq!(fields.text("a", 9), Err(error("a", "it is not a string")));
        assert_eq!(fields.integer("b", 1..=2), Err(error("b", "it is not a whole number, 1 to 2")));
        assert_eq!(fields.name("c", 9), Err(error("c", "it is blank")));
        assert_eq!(fields.text("d", 3), Err(error("d", "it has more than 3 bytes")));
        assert_eq!(fields.text("e", 9), Ok(None));
        assert_eq!(fields.probability("f"), Ok(Some(0.5)));
        assert_eq!(fields.probability("g"), Err(error("g", "it is not a number above 0 and up to 1")));
        assert_eq!(fields.finish(), Ok(()));
    }

    #[test]
    fn unknown_fields_are_errors() {
        let mut fields = body(r#"{"peerId": "x"}"#);
        assert_eq!(fields.name("peer_id", 9), Ok(None));
        let expected = FieldError::new("peerId", "it is not a known field; known are peer_id");
        assert_eq!(fields.finish(), Err(expected));
        assert_eq!(body("").finish(), Ok(()));
    }

    #[test]
    fn a_body_that_is_not_an_object_is_an_error() {
        for text in ["[]", "1", "{", "null"] {
            assert!(Fields::of_body(&HeaderMap::new(), text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_query_has_numbers_and_each_parameter_once() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let texts = vec![pair("after", "7"), pair("room", "627e5"), pair("wait", "x"), pair("count", "")];
        let mut fields = Fields::of_texts(texts).unwrap();
        assert_eq!(fields.integer("after", 0..=u64::MAX), Ok(Some(7)));
        // An id may look like a number.
        assert_eq!(fields.text("room", 9), Ok(Some("627e5".to_owned())));
        assert!(fields.integer("wait", 0..=9).is_err() && fields.integer("count", 0..=9).is_err());
        assert!(Fields::of_texts(vec![pair("a", "1"), pair("a", "1")]).is_err());
    }
}
