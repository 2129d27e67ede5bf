//! A call as a Python caller wrote it: by position, by name, in part, or with names that nobody knows.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use roomcast::{Argument, Ask, Call, Method, Spelling};

use crate::argument::Reader;
use crate::error;

/// A method's parameters in their order. Every other keyword is an option.
fn parameters(method: Method) -> &'static [&'static str] {
    match method {
        Method::SendMessage | Method::Broadcast => &["room_id", "message"],
        Method::SendToPeer => &["room_id", "peer_id", "message"],
        Method::SendToRole => &["room_id", "role", "message"],
        Method::ListPeers | Method::GetRoom => &["room_id"],
    }
}

fn method(name: &str) -> PyResult<Method> {
    match name {
        "send_message" => Ok(Method::SendMessage),
        "send_to_peer" => Ok(Method::SendToPeer),
        "send_to_role" => Ok(Method::SendToRole),
        "broadcast" => Ok(Method::Broadcast),
        "list_peers" => Ok(Method::ListPeers),
        "get_room" => Ok(Method::GetRoom),
        _ => Err(PyTypeError::new_err(format!("there is no method {name}()"))),
    }
}

/// What a call asks for, if the core finds no fault in its names and types.
pub(crate) fn ask(
    name: &Bound<'_, PyString>,
    positional: &Bound<'_, PyTuple>,
    keywords: &Bound<'_, PyDict>,
) -> PyResult<Ask> {
    let name = name.to_cow()?;
    let method = method(&name)?;
    let parameters = parameters(method);
    let Some(by_name) = parameters.get(positional.len()..) else {
        // Counted as Python counts, with the client itself.
        let (most, given) = (parameters.len() + 1, positional.len() + 1);
        let text = format!("{name}() takes {most} positional arguments but {given} were given");
        return Err(PyTypeError::new_err(text));
    };
    let mut reader = Reader::default();
    let mut call = Call::new(method, Spelling::Snake);
    for (parameter, value) in parameters.iter().zip(positional) {
        call = set(call, parameter, reader.argument(&value));
    }
    for (keyword, value) in keywords {
        let keyword = keyword.cast::<PyString>()?.to_string_lossy();
        let value = reader.argument(&value);
        call = match by_name.contains(&&*keyword) {
            true => set(call, &keyword, value),
            // One that was given by position already is an option too many.
            false => call.option(keyword, value),
        };
    }
    call.into_ask().map_err(|error| error::raise_from(positional.py(), &error, reader.problem))
}

fn set(call: Call, parameter: &str, value: Argument) -> Call {
    match parameter {
        "room_id" => call.room_id(value),
        "message" => call.message(value),
        _ => call.target(value),
    }
}
