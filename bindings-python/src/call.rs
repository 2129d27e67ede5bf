//! Converts a Python call into an operation.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use roomcast::{Argument, Call, Client, Error, Operation, Spelling};

use crate::argument::Converter;
use crate::error;
use crate::not_given::is_not_given;

/// The operation of a call of `method`, or a failure to return. Missing and unknown arguments and wrong types are errors of the
/// core's; too many positional arguments are a TypeError.
pub(crate) fn operation<'py>(
    client: &Client,
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
            Err(error) => {
                client.refuse(&call, &error);
                return error::to_failure_from(py, &error, converter.failure).map(Err);
            }
        }
    }
    for (keyword, value) in keywords {
        let keyword = keyword.cast::<PyString>()?.to_string_lossy();
        match converter.given(&call, &keyword, &value) {
            Ok(Some(value)) if by_name.contains(&&*keyword) => call = call.argument(&keyword, value),
            // A parameter that was already given by position is an unknown option.
            Ok(Some(value)) => call = call.option(keyword, value),
            Ok(None) => {}
            Err(error) => {
                client.refuse(&call, &error);
                return error::to_failure_from(py, &error, converter.failure).map(Err);
            }
        }
    }
    match client.operation(call) {
        Ok(operation) => Ok(Ok(operation)),
        Err(error) => error::to_failure_from(py, &error, converter.failure).map(Err),
    }
}

/// The operation of one item of many: a dict of what `send_message` takes, by name.
pub(crate) fn item_operation(
    client: &Client,
    item: &Bound<'_, PyAny>,
    converter: &mut Converter,
) -> Result<Operation<'static>, Error> {
    // A copy: what changes the item meanwhile changes nothing here.
    let mut call = Call::new("send_message", Spelling::Snake)?;
    let Some(arguments) = item.cast::<PyDict>().ok().and_then(|item| item.copy().ok()) else {
        let error = Error::wrong_argument("item", &converter.argument(item), "a dict");
        client.refuse(&call, &error);
        return Err(error);
    };
    for (name, value) in arguments {
        let Ok(name) = name.cast::<PyString>() else {
            let error = Error::wrong_argument("a key of item", &converter.argument(&name), "text");
            client.refuse(&call, &error);
            return Err(error);
        };
        let name = name.to_string_lossy();
        match converter.given(&call, &name, &value) {
            Ok(Some(value)) => call = call.by_name(name, value),
            Ok(None) => {}
            Err(error) => {
                client.refuse(&call, &error);
                return Err(error);
            }
        }
    }
    client.operation(call)
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
        } else if call.takes_list(name) {
            Ok(Some(self.list(value)))
        } else {
            Ok(Some(self.argument(value)))
        }
    }

    /// Converts a value that may be several.
    fn list(&mut self, value: &Bound<'_, PyAny>) -> Argument {
        if let Ok(items) = value.cast::<PyList>() {
            Argument::List(items.iter().map(|item| self.argument(&item)).collect())
        } else if let Ok(items) = value.cast::<PyTuple>() {
            Argument::List(items.iter().map(|item| self.argument(&item)).collect())
        } else {
            self.argument(value)
        }
    }
}
