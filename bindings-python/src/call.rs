//! A call as a Python caller wrote it: by position, by name, incomplete, or with unknown names.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use roomcast::{Call, Operation, Spelling};

use crate::argument::Reader;
use crate::error;

/// The operation of a call, if its names and types are valid.
pub(crate) fn operation(
    method: &Bound<'_, PyString>,
    positional: &Bound<'_, PyTuple>,
    keywords: &Bound<'_, PyDict>,
) -> PyResult<Operation<'static>> {
    let py = positional.py();
    let method = method.to_cow()?;
    let mut call = Call::new(&method, Spelling::Snake).map_err(|error| error::raise(py, &error))?;
    let parameters = call.parameters();
    let Some(by_name) = parameters.get(positional.len()..) else {
        // Counted as Python does, with the client itself.
        let (most, given) = (parameters.len() + 1, positional.len() + 1);
        let text = format!("{method}() takes {most} positional arguments but {given} were given");
        return Err(PyTypeError::new_err(text));
    };
    let mut reader = Reader::default();
    for (parameter, value) in parameters.iter().zip(positional) {
        call = call.argument(parameter, reader.argument(&value));
    }
    for (keyword, value) in keywords {
        let keyword = keyword.cast::<PyString>()?.to_string_lossy();
        let value = reader.argument(&value);
        call = match by_name.contains(&&*keyword) {
            true => call.argument(&keyword, value),
            // A parameter that was given by position already is an unknown option.
            false => call.option(keyword, value),
        };
    }
    call.into_operation().map_err(|error| error::raise_from(py, &error, reader.problem))
}
