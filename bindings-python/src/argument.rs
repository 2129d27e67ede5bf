//! Converts Python values to the core's arguments. The core validates them.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyString};
use roomcast::{Argument, MAX_MESSAGE};

/// Converts the values of one call.
#[derive(Default)]
pub(crate) struct Converter {
    /// What Python raised for a value that could not be converted: the cause of the error that the core then returns.
    pub(crate) failure: Option<PyErr>,
}

impl Converter {
    /// Converts a value. Only a `str` is text, subclasses such as `class Role(str, Enum)` included.
    pub(crate) fn argument(&mut self, value: &Bound<'_, PyAny>) -> Argument {
        if value.is_none() {
            Argument::Null
        } else if let Ok(text) = value.cast::<PyString>() {
            self.text(text)
        } else if let Ok(truth) = value.cast::<PyBool>() {
            Argument::Bool(truth.is_true())
        } else if value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>() {
            // An int that no float can hold is out of every range.
            Argument::Number(value.extract().unwrap_or(f64::INFINITY))
        } else {
            Argument::Other(type_name(value))
        }
    }

    pub(crate) fn text(&mut self, text: &Bound<'_, PyString>) -> Argument {
        // SAFETY: it is a str. Its own length, which a subclass cannot override.
        let characters = unsafe { ffi::PyUnicode_GetLength(text.as_ptr()) };
        // A lower bound of the bytes. Such text is refused unconverted.
        if usize::try_from(characters).is_ok_and(|characters| characters > MAX_MESSAGE) {
            return Argument::TooLong;
        }
        match text.to_cow() {
            Ok(text) => Argument::Text(text.into_owned()),
            // It has lone surrogates. Replacing them would send another text.
            Err(error) => {
                self.failure = Some(error);
                Argument::NotUnicode
            }
        }
    }
}

/// The name of a value's type, for error texts.
pub(crate) fn type_name(value: &Bound<'_, PyAny>) -> String {
    let name = value.get_type().name();
    name.map_or_else(|_| "object".into(), |name| name.to_string_lossy().into_owned())
}
