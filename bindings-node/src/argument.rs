//! JavaScript values as the core takes arguments.

use napi::bindgen_prelude::{Array, FromNapiValue, Unknown, Utf16String};
use napi::{JsValue, Result, ValueType};
use roomcast::Argument;

/// What was given, as it was given. `undefined` that was given is null: that is how a failed look-up shows.
pub(crate) fn argument(value: Unknown<'_>) -> Result<Argument> {
    Ok(match value.get_type()? {
        ValueType::Null | ValueType::Undefined => Argument::Null,
        ValueType::Boolean => Argument::Bool(get(value)?),
        ValueType::Number => Argument::Number(get(value)?),
        ValueType::String => text(&get::<Utf16String>(value)?),
        ValueType::Object if value.is_array()? => Argument::Other("array".into()),
        other => Argument::Other(other.to_string().to_ascii_lowercase()),
    })
}

/// A positional argument: `undefined` is what a missing one looks like.
pub(crate) fn positional(value: Unknown<'_>) -> Result<Option<Argument>> {
    if value.get_type()? == ValueType::Undefined { Ok(None) } else { argument(value).map(Some) }
}

/// `[name, value, name, value, …]`
pub(crate) fn pairs(flat: &Array<'_>) -> Result<Vec<(String, Argument)>> {
    (0..flat.len())
        .step_by(2)
        .map(|i| {
            let name = flat.get::<String>(i)?.unwrap_or_default();
            let value = flat.get::<Unknown>(i + 1)?.map_or(Ok(Argument::Null), argument)?;
            Ok((name, value))
        })
        .collect()
}

/// JavaScript's strings may hold half a surrogate pair, which UTF-8 cannot. Replaced by U+FFFD it would be another
/// text than was given, and perhaps another peer's id; so it is no text.
fn text(units: &[u16]) -> Argument {
    match String::from_utf16(units) {
        Ok(text) => Argument::Text(text),
        Err(_) => Argument::NotUnicode,
    }
}

fn get<T: FromNapiValue>(value: Unknown<'_>) -> Result<T> {
    // SAFETY: whether the value converts is checked again by Node, and told as an error.
    unsafe { value.cast() }
}
