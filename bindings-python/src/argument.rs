//! Python values as the core takes them: as they are, whatever they are.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyString};
use roomcast::Argument;

/// A value that a caller gave. A `str` is text, subclasses such as `class Role(str, Enum)` included; nothing else is
/// made into text.
pub(crate) fn argument(value: &Bound<'_, PyAny>) -> Argument {
    if value.is_none() {
        Argument::Null
    } else if let Ok(text) = value.cast::<PyString>() {
        match text.to_cow() {
            Ok(text) => Argument::Text(text.into_owned()),
            // Lone surrogates: sent in another form, it would be another text.
            Err(_) => Argument::NotUnicode,
        }
    } else if let Ok(truth) = value.cast::<PyBool>() {
        Argument::Bool(truth.is_true())
    } else if value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>() {
        // An int that no float can hold is out of every range.
        Argument::Number(value.extract().unwrap_or(f64::INFINITY))
    } else {
        other(value)
    }
}

/// A client's option. Two of them have types of their own in Python.
pub(crate) fn option(name: &str, value: &Bound<'_, PyAny>) -> Argument {
    match (name, argument(value)) {
        ("ca_file", Argument::Other(_)) => {
            value.call_method0("__fspath__").map_or_else(|_| other(value), |path| argument(&path))
        }
        ("timeout", Argument::Other(_)) => {
            value.call_method0("total_seconds").map_or_else(|_| other(value), |seconds| argument(&seconds))
        }
        (_, argument) => argument,
    }
}

fn other(value: &Bound<'_, PyAny>) -> Argument {
    let name = value.get_type().name();
    Argument::Other(name.map_or_else(|_| "object".into(), |name| name.to_string_lossy().into_owned()))
}
