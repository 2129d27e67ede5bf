//! The fake server of `roomcast.testing`: the core's, with its records as plain values.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use roomcast::{Argument, FakeCall, FakeServer, Spelling};

use crate::argument::Converter;
use crate::error;
use crate::record;

/// A server that exists in this process only.
#[pyclass(frozen, module = "roomcast._roomcast")]
pub(crate) struct FakeRooms(roomcast::Fake);

impl FakeRooms {
    pub(crate) fn server(&self) -> Arc<dyn FakeServer> {
        Arc::new(self.0.clone())
    }
}

/// A call's fields and, if it failed, its failure.
type Recorded<'py> = (Bound<'py, PyDict>, Option<Bound<'py, PyAny>>);

fn options(given: &Bound<'_, PyDict>) -> PyResult<Vec<(String, Argument)>> {
    let option = |(name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
        Ok((name.cast::<PyString>()?.to_string_lossy().into_owned(), Converter::default().argument(&value)))
    };
    given.iter().map(option).collect()
}

/// None, or a failure.
fn done<'py>(py: Python<'py>, result: Result<(), roomcast::Error>) -> PyResult<Option<Bound<'py, PyAny>>> {
    result.err().map(|error| error::to_failure(py, &error)).transpose()
}

#[pymethods]
impl FakeRooms {
    #[new]
    fn new() -> Self {
        FakeRooms(roomcast::Fake::default())
    }

    /// `("peers", [fields])` with the peer that joined, or a failure.
    fn join<'py>(
        &self,
        py: Python<'py>,
        room_id: &Bound<'py, PyAny>,
        given: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let room_id = Converter::default().argument(room_id);
        match self.0.join_by_name(room_id, options(given)?, Spelling::Snake) {
            Ok(peer) => {
                let peers = PyList::new(py, [record::keywords(py, peer.fields())?])?;
                Ok(("peers", peers).into_pyobject(py)?.into_any())
            }
            Err(error) => error::to_failure(py, &error),
        }
    }

    /// None, or a failure.
    fn leave<'py>(
        &self,
        py: Python<'py>,
        room_id: &Bound<'py, PyAny>,
        peer_id: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let [room_id, peer_id] = [room_id, peer_id].map(|given| Converter::default().argument(given));
        done(py, self.0.leave_by_name(room_id, peer_id, Spelling::Snake))
    }

    /// None, or a failure.
    fn fail_next<'py>(
        &self,
        py: Python<'py>,
        failure: &Bound<'py, PyAny>,
        given: &Bound<'py, PyDict>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let failure = Converter::default().argument(failure);
        done(py, self.0.fail_next_by_name(failure, options(given)?, Spelling::Snake))
    }

    /// The calls that have ended, each with its fields and, if it failed, with its failure.
    fn calls<'py>(&self, py: Python<'py>) -> PyResult<Vec<Recorded<'py>>> {
        self.0.calls().iter().map(|call| fields(py, call)).collect()
    }

    fn reset(&self) {
        self.0.reset();
    }
}

fn fields<'py>(py: Python<'py>, call: &FakeCall) -> PyResult<Recorded<'py>> {
    let fields = PyDict::new(py);
    fields.set_item("method", call.method)?;
    fields.set_item("room_id", &call.room_id)?;
    fields.set_item("peer_id", &call.peer_id)?;
    fields.set_item("role", &call.role)?;
    fields.set_item("user_id", &call.user_id)?;
    fields.set_item("message", &call.message)?;
    fields.set_item("type", &call.message_type)?;
    fields.set_item("attempts", call.attempts)?;
    let failure = call.error.as_ref().map(|error| error::to_failure(py, error)).transpose()?;
    Ok((fields, failure))
}
