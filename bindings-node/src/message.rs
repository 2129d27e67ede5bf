//! Converts messages: JSON, and those in a format of 100ms's clients.
//!
//! Several calls of Node-API for each value in an object would cost more than sending it. So `lib/json.js` passes a value as one
//! string of tokens. Here they are written with the core's `JsonWriter`: its encoding, its limits, its errors.

use napi::bindgen_prelude::{Array, Unknown, Utf16String};
use napi::{Error as NapiError, Result};
use napi_derive::napi;
use roomcast::{Argument, Error, JsonText, JsonWriter, MAX_JSON_NESTING, MAX_MESSAGE, MessageArgument};

use crate::argument::{argument, get, pairs};

/// `lib/json.js` need not go deeper: what is nested more is an error here.
#[napi]
pub const MAX_NESTING: u32 = MAX_JSON_NESTING as u32;
/// Nor need it pass more text.
#[napi]
pub const MAX_LENGTH: u32 = MAX_MESSAGE as u32;

/// The forms in which `lib/message.js` passes a message. Any other is the value itself.
const JSON: u32 = 1;
const FORMAT: u32 = 2;

/// The argument `message`, or the error for what it holds.
pub(crate) fn message_argument(
    value: Unknown<'_>,
    form: u32,
) -> Result<std::result::Result<Argument, Error>> {
    match form {
        JSON => Ok(json("message", value)?.map(Argument::Json)),
        FORMAT => in_format(&get::<Array>(value)?),
        _ => Ok(Ok(argument(value)?)),
    }
}

/// `[format, fields, options]`, both `[name, value, …]`. The field `payload` is a string of tokens.
fn in_format(message: &Array<'_>) -> Result<std::result::Result<Argument, Error>> {
    let (Some(format), Some(fields), Some(options)) =
        (message.get::<String>(0)?, message.get::<Array>(1)?, message.get::<Array>(2)?)
    else {
        return Err(malformed());
    };
    let mut message = MessageArgument::new(format);
    for i in (0..fields.len()).step_by(2) {
        let name = fields.get::<String>(i)?.ok_or_else(malformed)?;
        let value = match fields.get::<Unknown>(i + 1)? {
            None => Argument::Undefined,
            Some(tokens) if name == "payload" => match json("payload", tokens)? {
                Ok(json) => Argument::Json(json),
                Err(error) => return Ok(Err(error)),
            },
            Some(value) => argument(value)?,
        };
        message = message.field(name, value);
    }
    for (name, value) in pairs(&options)? {
        message = message.option(name, value);
    }
    Ok(Ok(Argument::Message(Box::new(message))))
}

/// Writes a string of tokens as JSON. `field` is the argument that holds the value.
fn json(field: &str, tokens: Unknown<'_>) -> Result<std::result::Result<JsonText, Error>> {
    let tokens = get::<Utf16String>(tokens)?;
    let mut tokens = Tokens(&tokens);
    let mut writer = JsonWriter::new(field);
    while let Some(token) = tokens.next()? {
        if let Err(error) = write(&mut writer, token) {
            return Ok(Err(error));
        }
    }
    Ok(Ok(writer.finish()))
}

fn write(json: &mut JsonWriter, token: Token<'_>) -> std::result::Result<(), Error> {
    let text = |units| String::from_utf16(units);
    match token {
        Token::Null => json.null(),
        Token::Bool(value) => json.boolean(value),
        Token::Number(value) => json.number(value),
        // A lone surrogate is not replaced: see `argument::text`.
        Token::Text(units) => text(units).map_err(|_| json.not_unicode()).and_then(|text| json.text(&text)),
        Token::Key(units) => text(units).map_err(|_| json.key_not_unicode()).and_then(|name| json.key(&name)),
        Token::TooLong => json.text(&" ".repeat(MAX_MESSAGE)),
        Token::Unsupported(units) => Err(json.unsupported(&String::from_utf16_lossy(units))),
        Token::BeginList => json.begin_list(),
        Token::EndList => {
            json.end_list();
            Ok(())
        }
        Token::BeginObject => json.begin_object(),
        Token::EndObject => {
            json.end_object();
            Ok(())
        }
    }
}

enum Token<'a> {
    Null,
    Bool(bool),
    Number(f64),
    Text(&'a [u16]),
    Key(&'a [u16]),
    /// Text of more than `MAX_LENGTH` units.
    TooLong,
    /// A value that JSON cannot express, by the name of its type.
    Unsupported(&'a [u16]),
    BeginList,
    EndList,
    BeginObject,
    EndObject,
}

/// The tokens that remain, as `lib/json.js` writes them.
struct Tokens<'a>(&'a [u16]);

impl<'a> Tokens<'a> {
    fn next(&mut self) -> Result<Option<Token<'a>>> {
        let Some((&kind, rest)) = self.0.split_first() else { return Ok(None) };
        self.0 = rest;
        let kind = u8::try_from(kind).map_err(|_| malformed())?;
        Ok(Some(match kind {
            b'z' => Token::Null,
            b't' => Token::Bool(true),
            b'f' => Token::Bool(false),
            b'n' => Token::Number(self.number()?),
            b's' => Token::Text(self.counted()?),
            b'k' => Token::Key(self.counted()?),
            b'l' => Token::TooLong,
            b'u' => Token::Unsupported(self.counted()?),
            b'[' => Token::BeginList,
            b']' => Token::EndList,
            b'{' => Token::BeginObject,
            b'}' => Token::EndObject,
            _ => return Err(malformed()),
        }))
    }

    /// `1.5;`, as JavaScript writes it. Both languages write and read each number exactly.
    fn number(&mut self) -> Result<f64> {
        // JavaScript writes a number in at most 25 characters.
        let mut digits = [0; 32];
        let (written, rest) = self.until_semicolon()?;
        self.0 = rest;
        let digits = digits.get_mut(..written.len()).ok_or_else(malformed)?;
        for (digit, unit) in digits.iter_mut().zip(written) {
            *digit = u8::try_from(*unit).map_err(|_| malformed())?;
        }
        std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).ok_or_else(malformed)
    }

    /// `5;hello`.
    fn counted(&mut self) -> Result<&'a [u16]> {
        let (written, rest) = self.until_semicolon()?;
        let mut length = 0_usize;
        for unit in written {
            let digit =
                unit.checked_sub(u16::from(b'0')).filter(|digit| *digit < 10).ok_or_else(malformed)?;
            length = length.saturating_mul(10).saturating_add(digit.into());
        }
        let (text, rest) = rest.split_at_checked(length).ok_or_else(malformed)?;
        self.0 = rest;
        Ok(text)
    }

    fn until_semicolon(&self) -> Result<(&'a [u16], &'a [u16])> {
        let end = self.0.iter().position(|unit| *unit == u16::from(b';')).ok_or_else(malformed)?;
        Ok((&self.0[..end], &self.0[end + 1..]))
    }
}

fn malformed() -> NapiError {
    NapiError::from_reason("roomcast: its JavaScript and its native addon do not fit together")
}
