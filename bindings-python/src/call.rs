//! Converts a Python call into an operation.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use roomcast::{Call, Operation, Spelling};

use crate::argument::Converter;
use crate::error;

/// The operation of a call of `method`. Missing and unknown arguments and wrong types are errors of the core's; too many
/// positional arguments are a TypeError.
pub(crate) fn operation(
    method: &Bound<'_, PyString>,
    positional: &Bound<'_, PyTuple>,
    keywords: &Bound<'_, PyDict>,
) -> PyResult<Operation<'static>> {
    let py = positional.py();
    let method = method.to_cow()?;
    let mut call = Call::new(&method, Spelling::Snake).map_err(|error| error::to_exception(py, &error))?;
    let parameters = call.parameters();
    let Some(by_name) = parameters.get(positional.len()..) else {
        // Python counts `self` too.
        let (limit, given) = (parameters.len() + 1, positional.len() + 1);
        let text = format!("{method}() takes {limit} positional arguments but {given} were given");
        return Err(PyTypeError::new_err(text));
    };
    let mut converter = Converter::default();
    for (parameter, value) in parameters.iter().zip(positional) {
        call = call.argument(parameter, converter.argument(&value));
    }
    for (keyword, value) in keywords {
        let keyword = keyword.cast::<PyString>()?.to_string_lossy();
        let value = converter.argument(&value);
        call = match by_name.contains(&&*keyword) {
            true => call.argument(&keyword, value),
            // A parameter that was already given by position is an unknown option.
            false => call.option(keyword, value),
        };
    }
    call.into_operation().map_err(|error| error::to_exception_from(py, &error, converter.failure))
}
