//! Converts what operations end with into plain values, of which `_results.py` makes Python objects. No Python code is called:
//! see `shutdown.rs`.

use pyo3::prelude::*;
use pyo3::types::PyList;
use roomcast::{Error, Response};

use crate::error;
use crate::record;
use crate::send_result::SendResult;

/// A `SendResult`, `("room", fields)`, `("peers", [fields, …])`, `("recipients", [(peer_id, role, user_id, completed), …])`, or
/// a failure.
pub(crate) fn to_completed<'py>(
    py: Python<'py>,
    result: Result<Response, Error>,
) -> PyResult<Bound<'py, PyAny>> {
    match result {
        Ok(Response::SendResult(result)) => Ok(Bound::new(py, SendResult::from(result))?.into_any()),
        Ok(Response::Room(room)) => {
            Ok(("room", record::keywords(py, room.fields())?).into_pyobject(py)?.into_any())
        }
        Ok(Response::Recipients(recipients)) => {
            let recipients = recipients.into_iter().map(|recipient| {
                let completed = to_completed(py, recipient.result.map(Response::SendResult))?;
                Ok((recipient.peer_id, recipient.role, recipient.user_id, completed))
            });
            let recipients = PyList::new(py, recipients.collect::<PyResult<Vec<_>>>()?)?;
            Ok(("recipients", recipients).into_pyobject(py)?.into_any())
        }
        Ok(Response::Peers(peers)) => {
            let peers = peers.iter().map(|peer| record::keywords(py, peer.fields()));
            let peers = PyList::new(py, peers.collect::<PyResult<Vec<_>>>()?)?;
            Ok(("peers", peers).into_pyobject(py)?.into_any())
        }
        Err(error) => error::to_failure(py, &error),
    }
}
