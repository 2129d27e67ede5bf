//! Python values as the core takes them: as they are, whatever they are.

use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyString};
use roomcast::Argument;

/// Reads what a caller gave.
#[derive(Default)]
pub(crate) struct Reader {
    /// What Python said of a value that could not be read: the cause of the error that the core then finds.
    pub(crate) problem: Option<PyErr>,
}

impl Reader {
    /// A value. A `str` is text, subclasses such as `class Role(str, Enum)` included; nothing else is made into text.
    pub(crate) fn argument(&mut self, value: &Bound<'_, PyAny>) -> Argument {
        if value.is_none() {
            Argument::Null
        } else if let Ok(text) = value.cast::<PyString>() {
            match text.to_cow() {
                Ok(text) => Argument::Text(text.into_owned()),
                // Lone surrogates: sent in another form, it would be another text.
                Err(error) => {
                    self.problem = Some(error);
                    Argument::NotUnicode
                }
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
    pub(crate) fn option(&mut self, name: &str, value: &Bound<'_, PyAny>) -> Argument {
        match (name, self.argument(value)) {
            ("ca_file", Argument::Other(_)) => self.converted(value, "__fspath__"),
            ("timeout", Argument::Other(_)) => self.converted(value, "total_seconds"),
            (_, argument) => argument,
        }
    }

    fn converted(&mut self, value: &Bound<'_, PyAny>, method: &str) -> Argument {
        match value.call_method0(method) {
            Ok(converted) => self.argument(&converted),
            Err(error) => {
                // That a type has no such method says no more than that it is of another type.
                if !error.is_instance_of::<PyAttributeError>(value.py()) {
                    self.problem = Some(error);
                }
                other(value)
            }
        }
    }
}

fn other(value: &Bound<'_, PyAny>) -> Argument {
    let name = value.get_type().name();
    Argument::Other(name.map_or_else(|_| "object".into(), |name| name.to_string_lossy().into_owned()))
}
