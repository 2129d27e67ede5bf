//! Converts JavaScript values to the arguments that the core takes.

use napi::bindgen_prelude::{Array, FromNapiValue, Unknown, Utf16String};
use napi::{JsString, JsValue, Result, ValueType};
use roomcast::{Argument, MAX_MESSAGE};

/// A value that was given, `undefined` too: that is what a failed look-up returns.
pub(crate) fn argument(value: Unknown<'_>) -> Result<Argument> {
    Ok(match value.get_type()? {
        ValueType::Null => Argument::Null,
        ValueType::Undefined => Argument::Undefined,
        ValueType::Boolean => Argument::Bool(get(value)?),
        ValueType::Number => Argument::Number(get(value)?),
        // In UTF-16 units: a lower bound of the bytes. Such text is refused unconverted, since to copy it would block the event
        // loop.
        ValueType::String if get::<JsString>(value)?.utf16_len()? > MAX_MESSAGE => Argument::TooLong,
        ValueType::String => text(&get::<Utf16String>(value)?),
        ValueType::Object if value.is_array()? => Argument::Other("array".into()),
        other => Argument::Other(other.to_string().to_ascii_lowercase()),
    })
}

/// Several values, which JavaScript passes as an array. Anything else is one value.
pub(crate) fn list(value: Unknown<'_>) -> Result<Argument> {
    if !value.is_array()? {
        return argument(value);
    }
    let values = get::<Array>(value)?;
    let values =
        (0..values.len()).map(|i| values.get::<Unknown>(i)?.map_or(Ok(Argument::Undefined), argument));
    Ok(Argument::List(values.collect::<Result<_>>()?))
}

/// Options, which JavaScript passes as `[name, value, name, value, …]`.
pub(crate) fn pairs(flat: &Array<'_>) -> Result<Vec<(String, Argument)>> {
    (0..flat.len())
        .step_by(2)
        .map(|i| {
            let name = flat.get::<String>(i)?.unwrap_or_default();
            let value = flat.get::<Unknown>(i + 1)?.map_or(Ok(Argument::Undefined), argument)?;
            Ok((name, value))
        })
        .collect()
}

/// A JavaScript string may hold a lone surrogate, which UTF-8 cannot encode. Replacing it with U+FFFD would change the
/// text, perhaps into another peer's id, so such a string is not accepted as text.
fn text(units: &[u16]) -> Argument {
    match String::from_utf16(units) {
        Ok(text) => Argument::Text(text),
        Err(_) => Argument::NotUnicode,
    }
}

/// The value as a type that it has.
pub(crate) fn get<T: FromNapiValue>(value: Unknown<'_>) -> Result<T> {
    // SAFETY: Node checks the type of the value again, and returns an error if it does not match.
    unsafe { value.cast() }
}
