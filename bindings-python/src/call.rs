//! Converts a Python call into an operation.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use roomcast::{Argument, Call, Error, Operation, Spelling};

use crate::argument::Converter;
use crate::error;
use crate::not_given::is_not_given;

/// The operation of a call of `method`, or a failure to return. Missing and unknown arguments and wrong types are errors of the
/// core's; too many positional arguments are a TypeError.
pub(crate) fn operation<'py>(
    method: &Bound<'py, PyString>,
    positional: &Bound<'py, PyTuple>,
    keywords: &Bound<'py, PyDict>,
) -> PyResult<Result<Operation<'static>, Bound<'py, PyAny>>> {
    let py = positional.py();
    let method = method.to_cow()?;
    let mut call = match Call::new(&method, Spelling::Snake) {
        Ok(call) => call,
        Err(error) => return error::to_failure(py, &error).map(Err),
    };
    let parameters = call.parameters();
    let Some(by_name) = parameters.get(positional.len()..) else {
        // Python counts `self` too.
        let (limit, given) = (parameters.len() + 1, positional.len() + 1);
        let text = format!("{method}() takes {limit} positional arguments but {given} were given");
        return Err(PyTypeError::new_err(text));
    };
    let mut converter = Converter::default();
    for (parameter, value) in parameters.iter().zip(positional) {
        match converter.given(&call, parameter, &value) {
            Ok(Some(value)) => call = call.argument(parameter, value),
            Ok(None) => {}
            Err(error) => return error::to_failure_from(py, &error, converter.failure).map(Err),
        }
    }
    for (keyword, value) in keywords {
        let keyword = keyword.cast::<PyString>()?.to_string_lossy();
        match converter.given(&call, &keyword, &value) {
            Ok(Some(value)) if by_name.contains(&&*keyword) => call = call.argument(&keyword, value),
            // A parameter that was already given by position is an unknown option.
            Ok(Some(value)) => call = call.option(keyword, value),
            Ok(None) => {}
            Err(error) => return error::to_failure_from(py, &error, converter.failure).map(Err),
        }
    }
    match call.into_operation() {
        Ok(operation) => Ok(Ok(operation)),
        Err(error) => error::to_failure_from(py, &error, converter.failure).map(Err),
    }
}

impl Converter {
    /// The value of an argument, if it is given.
    fn given(
        &mut self,
        call: &Call,
        name: &str,
        value: &Bound<'_, PyAny>,
    ) -> Result<Option<Argument>, Error> {
        if is_not_given(value) {
            Ok(None)
        } else if call.takes_message(name) {
            self.message(value).map(Some)
        } else {
            Ok(Some(self.argument(value)))
        }
    }
}
