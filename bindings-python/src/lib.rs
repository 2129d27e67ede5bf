//! The native half of the Python package `roomcast`. It holds no rule: it hands to the core what Python callers gave,
//! as they gave it, and turns what comes back into Python's own objects, with the interpreter released meanwhile.

mod argument;
mod call;
mod client;
mod ending;
mod error;
mod interrupt;
mod logging;
mod outbox;
mod pending;
mod record;
mod response;
mod send_result;
mod webhooks;

// Sound without the GIL: classes are frozen, and what they share is behind locks and atomics of Rust's.
#[pyo3::pymodule(gil_used = false)]
mod _roomcast {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::client::Client;
    #[pymodule_export]
    use crate::ending::end;
    #[pymodule_export]
    use crate::pending::Pending;
    #[pymodule_export]
    use crate::send_result::SendResult;
    #[pymodule_export]
    use crate::webhooks::Webhooks;

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = roomcast::VERSION;

    #[pymodule_init]
    fn init(_module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::logging::install();
        Ok(())
    }
}
