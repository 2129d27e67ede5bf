//! Converts responses into Python objects. The classes of rooms and peers are in `_rooms.py`.

use pyo3::prelude::*;
use pyo3::types::PyList;
use roomcast::{Field, Response};

use crate::record;
use crate::send_result::SendResult;

pub(crate) fn to_object(py: Python<'_>, response: Response) -> PyResult<Py<PyAny>> {
    Ok(match response {
        Response::SendResult(result) => Py::new(py, SendResult::from(result))?.into_any(),
        Response::Room(room) => new_object(py, "Room", room.fields())?.unbind(),
        Response::Peers(peers) => {
            let peers = peers.iter().map(|peer| new_object(py, "Peer", peer.fields()));
            PyList::new(py, peers.collect::<PyResult<Vec<_>>>()?)?.into_any().unbind()
        }
    })
}

fn new_object<'py>(
    py: Python<'py>,
    class: &str,
    fields: Vec<(&'static str, Field<'_>)>,
) -> PyResult<Bound<'py, PyAny>> {
    let class = py.import("roomcast._rooms")?.getattr(class)?;
    class.call((), Some(&record::keywords(py, fields)?))
}
