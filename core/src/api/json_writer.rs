//! JSON for messages, written value by value. What cannot be encoded is an error that names the place in it.

use std::ops::Range;

use crate::error::Error;

use super::printable::printable;
use super::validate::{self, MAX_MESSAGE};

/// The deepest nesting of lists and objects in a message: what `serde_json` and other parsers read.
pub const MAX_JSON_NESTING: usize = 127;
/// How much of a place is shown, in steps.
const MAX_SHOWN_STEPS: usize = 16;

/// JSON text for a message, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonText(String);

impl JsonText {
    /// Text that is JSON already. It is sent as it is.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), naming `field`: it is not JSON, is nested more than
    /// [`MAX_JSON_NESTING`] deep, or has more than [`MAX_MESSAGE`] bytes.
    pub fn parse(field: &str, text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        if validate::is_too_long(&text) {
            return Err(validate::too_long(field));
        }
        match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
            Ok(_) if nesting(&text) > MAX_JSON_NESTING => Err(Error::invalid_request(nested_too_deep(field))),
            Ok(_) => Ok(JsonText(text)),
            Err(error) => {
                // Without what it quotes of the text.
                let place = format!("line {}, column {}", error.line(), error.column());
                Err(Error::invalid_request(format!("{field} is not JSON (at {place})"))
                    .advice("Give text that is one JSON value, or send it as plain text."))
            }
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// For language bindings: writes one JSON value. The calls follow the value's structure; the first error ends it.
///
/// ```
/// let mut json = roomcast::JsonWriter::new("message");
/// json.begin_object()?;
/// json.key("cards")?;
/// json.begin_list()?;
/// json.text("A♠")?;
/// json.end_list();
/// json.end_object();
/// let text = json.finish();
/// # Ok::<(), roomcast::Error>(())
/// ```
pub struct JsonWriter {
    /// The argument that holds the value, for error texts.
    field: String,
    text: String,
    open: Vec<Open>,
}

/// A list or an object that is not complete.
struct Open {
    /// How many items or keys it has so far.
    count: usize,
    /// In an object, where the latest key stands in the text, with its quotation marks.
    key: Option<Range<usize>>,
    is_object: bool,
}

impl JsonWriter {
    /// `field` is the argument that holds the value, as the caller's language spells it.
    pub fn new(field: impl Into<String>) -> Self {
        JsonWriter { field: field.into(), text: String::new(), open: Vec::new() }
    }

    /// Writes `null`.
    ///
    /// # Errors
    /// As [`text`](JsonWriter::text).
    pub fn null(&mut self) -> Result<(), Error> {
        self.raw("null")
    }

    /// Writes `true` or `false`.
    ///
    /// # Errors
    /// As [`text`](JsonWriter::text).
    pub fn boolean(&mut self, value: bool) -> Result<(), Error> {
        self.raw(if value { "true" } else { "false" })
    }

    /// Writes a whole number.
    ///
    /// # Errors
    /// As [`text`](JsonWriter::text); also if it has more than 64 bits.
    pub fn integer(&mut self, value: i128) -> Result<(), Error> {
        if value < i64::MIN.into() || value > u64::MAX.into() {
            return Err(self.error("is a number of more than 64 bits").advice("Write it as text."));
        }
        self.raw(&value.to_string())
    }

    /// Writes a number. A whole one is written without a fraction if it is exact, as in JavaScript.
    ///
    /// # Errors
    /// As [`text`](JsonWriter::text); also for what is not finite.
    pub fn number(&mut self, value: f64) -> Result<(), Error> {
        /// Up to here all whole numbers are exact.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if !value.is_finite() {
            let what = format!("is {value}, which JSON cannot express");
            return Err(self.error(&what).advice("Omit it, or write null."));
        }
        if value.fract() == 0.0 && value.abs() <= EXACT {
            return self.integer(value as i128);
        }
        self.raw(&serde_json::Value::from(value).to_string())
    }

    /// Writes text.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), naming the place: the whole has more than
    /// [`MAX_MESSAGE`] bytes.
    pub fn text(&mut self, value: &str) -> Result<(), Error> {
        let quoted = self.quoted(value)?;
        self.raw(&quoted)
    }

    /// Begins a list. Its items follow, then [`end_list`](JsonWriter::end_list).
    ///
    /// # Errors
    /// As [`text`](JsonWriter::text); also if it is nested more than [`MAX_JSON_NESTING`] deep, as what contains itself is.
    pub fn begin_list(&mut self) -> Result<(), Error> {
        self.begin('[', false)
    }

    /// Ends the innermost list.
    pub fn end_list(&mut self) {
        self.end(']');
    }

    /// Begins an object. For each of its members [`key`](JsonWriter::key) and a value follow, then
    /// [`end_object`](JsonWriter::end_object).
    ///
    /// # Errors
    /// As [`begin_list`](JsonWriter::begin_list).
    pub fn begin_object(&mut self) -> Result<(), Error> {
        self.begin('{', true)
    }

    /// Writes the next member's name.
    ///
    /// # Errors
    /// As [`text`](JsonWriter::text).
    pub fn key(&mut self, name: &str) -> Result<(), Error> {
        let quoted = self.quoted(name)?;
        let needs_comma = self.open.last().is_some_and(|object| object.count > 0);
        // With its colon.
        self.check_length(quoted.len() + 1 + usize::from(needs_comma))?;
        if needs_comma {
            self.text.push(',');
        }
        let start = self.text.len();
        self.text.push_str(&quoted);
        let end = self.text.len();
        self.text.push(':');
        if let Some(object) = self.open.last_mut() {
            object.count += 1;
            object.key = Some(start..end);
        }
        Ok(())
    }

    /// Ends the innermost object.
    pub fn end_object(&mut self) {
        self.end('}');
    }

    /// The error for a value that JSON has no form for. `type_name` is its type's name in the caller's language.
    pub fn unsupported(&self, type_name: &str) -> Error {
        self.error(&format!("is of type {}, which JSON cannot express", printable(type_name)))
            .advice("Convert it to text, numbers, lists or objects first.")
    }

    /// The error for text that is not valid Unicode.
    pub fn not_unicode(&self) -> Error {
        self.error("is not valid Unicode")
    }

    /// The error for a member whose name is not text.
    pub fn wrong_key(&self, type_name: &str) -> Error {
        self.object_error(&format!("has a name of type {}", printable(type_name)))
            .advice("In JSON a member's name is text.")
    }

    /// The error for a member whose name is not valid Unicode.
    pub fn key_not_unicode(&self) -> Error {
        self.object_error("has a name that is not valid Unicode")
    }

    /// The whole text.
    pub fn finish(self) -> JsonText {
        JsonText(self.text)
    }

    fn raw(&mut self, token: &str) -> Result<(), Error> {
        self.check_length(token.len())?;
        self.begin_value();
        self.text.push_str(token);
        Ok(())
    }

    /// What stands before a value: a comma between the items of a list.
    fn begin_value(&mut self) {
        if let Some(list) = self.open.last_mut().filter(|open| !open.is_object) {
            if list.count > 0 {
                self.text.push(',');
            }
            list.count += 1;
        }
    }

    fn begin(&mut self, bracket: char, is_object: bool) -> Result<(), Error> {
        if self.open.len() == MAX_JSON_NESTING {
            return Err(
                Error::invalid_request(nested_too_deep(&self.place())).advice("Does it contain itself?")
            );
        }
        // With its end.
        self.check_length(2)?;
        self.begin_value();
        self.text.push(bracket);
        self.open.push(Open { count: 0, key: None, is_object });
        Ok(())
    }

    fn end(&mut self, bracket: char) {
        self.text.push(bracket);
        self.open.pop();
    }

    /// Text as JSON writes it.
    fn quoted(&self, value: &str) -> Result<String, Error> {
        // Before it is copied.
        self.check_length(value.len())?;
        Ok(serde_json::to_string(value).expect("text always serialises"))
    }

    /// Whether so many bytes fit, with the comma before them and the ends of what is open.
    fn check_length(&self, more: usize) -> Result<(), Error> {
        let needs_comma = self.open.last().is_some_and(|open| !open.is_object && open.count > 0);
        let length = self.text.len() + usize::from(needs_comma) + more + self.open.len();
        if length > MAX_MESSAGE { Err(self.too_long()) } else { Ok(()) }
    }

    fn too_long(&self) -> Error {
        let at = if self.open.is_empty() { String::new() } else { format!(", at {}", self.place()) };
        let what =
            format!("{} has more than {MAX_MESSAGE} bytes as JSON, which is the limit{at}", self.field);
        Error::invalid_request(what).advice("Shorten it, or send a link.")
    }

    fn error(&self, what: &str) -> Error {
        Error::invalid_request(format!("{} {what}", self.place()))
    }

    /// An error in the innermost object itself, not in its latest member.
    fn object_error(&self, what: &str) -> Error {
        let place = self.place_of(self.open.len().saturating_sub(1));
        Error::invalid_request(format!("{place} {what}"))
    }

    /// Where the next value stands: `message.players[3]["first name"]`.
    fn place(&self) -> String {
        self.place_of(self.open.len())
    }

    /// So many steps of it.
    fn place_of(&self, steps: usize) -> String {
        let mut place = self.field.clone();
        for (depth, open) in self.open.iter().enumerate().take(steps.min(MAX_SHOWN_STEPS)) {
            match &open.key {
                Some(key) => {
                    let name: String = serde_json::from_str(&self.text[key.clone()]).unwrap_or_default();
                    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
                    match !name.is_empty() && name.chars().all(is_plain) {
                        true => place = format!("{place}.{}", printable(&name)),
                        false => place = format!("{place}[\"{}\"]", printable(&name)),
                    }
                }
                None if open.is_object => {}
                // Of an outer list, the latest item holds the value.
                None => {
                    let is_outer = depth + 1 < self.open.len();
                    place = format!("{place}[{}]", open.count - usize::from(is_outer));
                }
            }
        }
        if steps > MAX_SHOWN_STEPS {
            place.push('…');
        }
        place
    }
}

fn nested_too_deep(place: &str) -> String {
    format!("{place} is nested more than {MAX_JSON_NESTING} deep")
}

/// How deep text that is JSON is nested.
fn nesting(json: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut in_text = false;
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => in_text = !in_text,
            b'\\' => drop(bytes.next()),
            b'[' | b'{' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_text => depth -= 1,
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut JsonWriter) -> Result<(), Error>) -> Result<String, String> {
        let mut json = JsonWriter::new("message");
        write(&mut json).map_err(|error| error.to_string())?;
        Ok(json.finish().0)
    }

    #[test]
    fn every_kind_of_value() {
        let text = written(|json| {
            json.begin_object()?;
            json.key("a \"b\"\n")?;
            json.begin_list()?;
            json.null()?;
            json.boolean(true)?;
            json.integer(u64::MAX.into())?;
            json.number(1.0)?;
            json.number(0.5)?;
            json.number(1e300)?;
            json.text("é😀\u{1}")?;
            json.end_list();
            json.key("")?;
            json.begin_object()?;
            json.end_object();
            json.end_object();
            Ok(())
        });
        let expected = r#"{"a \"b\"\n":[null,true,18446744073709551615,1,0.5,1e+300,"é😀\u0001"],"":{}}"#;
        assert_eq!(text.unwrap(), expected);
    }

    #[test]
    fn an_error_names_the_place() {
        let text = written(|json| {
            json.begin_object()?;
            json.key("players")?;
            json.begin_list()?;
            json.null()?;
            json.begin_object()?;
            json.key("first name")?;
            json.number(f64::NAN)
        });
        let expected =
            "invalid_request: message.players[1][\"first name\"] is NaN, which JSON cannot express.";
        assert!(text.unwrap_err().starts_with(expected));
        let error = JsonWriter::new("message").unsupported("set").to_string();
        assert!(error.contains("message is of type set, which JSON cannot express"), "{error}");
    }

    #[test]
    fn a_wrong_name_is_of_the_object_that_has_it() {
        let mut json = JsonWriter::new("message");
        json.begin_list().unwrap();
        json.begin_object().unwrap();
        let place = "invalid_request: message[0] has a name ";
        assert!(json.wrong_key("int").to_string().starts_with(&format!("{place}of type int. ")));
        json.key("a").unwrap();
        json.null().unwrap();
        assert!(json.wrong_key("int").to_string().starts_with(&format!("{place}of type int. ")));
        assert!(json.key_not_unicode().to_string().starts_with(&format!("{place}that is not valid Unicode")));
    }

    #[test]
    fn depth_and_length_are_limited() {
        let nested = |depth: usize| written(|json| (0..depth).try_for_each(|_| json.begin_list()));
        assert!(nested(MAX_JSON_NESTING).is_ok());
        let error = nested(MAX_JSON_NESTING + 1).unwrap_err();
        assert!(
            error.contains("nested more than 127 deep. Nothing was sent. Does it contain itself?"),
            "{error}"
        );
        assert!(error.len() < 200, "{error}");

        // With its quotation marks.
        let long = |length| written(|json| json.text(&"x".repeat(length)));
        assert!(long(MAX_MESSAGE - 2).is_ok());
        assert!(long(MAX_MESSAGE - 1).unwrap_err().contains("message has more than 1048576 bytes as JSON"));
        let in_list = |length| {
            written(|json| {
                json.begin_list()?;
                json.integer(1)?;
                json.text(&"x".repeat(length))?;
                json.end_list();
                Ok(())
            })
        };
        assert_eq!(in_list(MAX_MESSAGE - 6).unwrap().len(), MAX_MESSAGE);
        assert!(in_list(MAX_MESSAGE - 5).is_err());
        let in_object = |length| {
            written(|json| {
                json.begin_object()?;
                json.key("a")?;
                json.text(&"x".repeat(length))?;
                json.key("b")?;
                json.integer(1)?;
                json.end_object();
                Ok(())
            })
        };
        assert_eq!(in_object(MAX_MESSAGE - 14).unwrap().len(), MAX_MESSAGE);
        assert!(in_object(MAX_MESSAGE - 13).is_err());
        let error = written(|json| {
            json.begin_list()?;
            (0..).try_for_each(|_| json.integer(7))
        });
        assert!(error.unwrap_err().contains(", at message[52428"));
        assert!(written(|json| json.integer(i128::from(u64::MAX) + 1)).unwrap_err().contains("64 bits"));
    }

    #[test]
    fn text_that_is_json_already() {
        for text in ["{}", " [1, 2] ", "\"x\"", "null", "1e2"] {
            assert_eq!(JsonText::parse("message", text).unwrap().as_str(), text);
        }
        let deep = "[".repeat(MAX_JSON_NESTING + 1) + &"]".repeat(MAX_JSON_NESTING + 1);
        for text in ["", "no", "{'a': 1}", "[1,]", "NaN", "{} {}"] {
            let error = JsonText::parse("message", text).unwrap_err().to_string();
            assert!(error.contains("message is not JSON (at line 1, column"), "{error}");
        }
        assert!(
            JsonText::parse("message", deep).unwrap_err().to_string().contains("nested more than 127 deep")
        );
        let shallow = "[\"".to_owned() + &"[\\\"".repeat(200) + "\", {\"}\": 1}]";
        assert_eq!(nesting(&shallow), 2);
        assert!(JsonText::parse("message", shallow).is_ok());
        assert!(JsonText::parse("message", "[".to_owned() + &" ".repeat(MAX_MESSAGE) + "]").is_err());
    }
}
