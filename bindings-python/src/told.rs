//! What a call gave, as Python's own objects; the classes of rooms and peers are in `_rooms.py`.

use pyo3::prelude::*;
use pyo3::types::PyList;
use roomcast::{Field, Told};

use crate::field;
use crate::receipt::Receipt;

pub(crate) fn object(py: Python<'_>, told: Told) -> PyResult<Py<PyAny>> {
    Ok(match told {
        Told::Receipt(receipt) => Py::new(py, Receipt::from(receipt))?.into_any(),
        Told::Room(room) => record(py, "Room", room.fields())?.unbind(),
        Told::Peers(peers) => {
            let peers = peers.iter().map(|peer| record(py, "Peer", peer.fields()));
            PyList::new(py, peers.collect::<PyResult<Vec<_>>>()?)?.into_any().unbind()
        }
    })
}

fn record<'py>(
    py: Python<'py>,
    class: &str,
    fields: Vec<(&'static str, Field<'_>)>,
) -> PyResult<Bound<'py, PyAny>> {
    let class = py.import("roomcast._rooms")?.getattr(class)?;
    class.call((), Some(&field::keywords(py, fields)?))
}
