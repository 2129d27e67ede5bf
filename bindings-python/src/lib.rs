//! The native half of the Python package `roomcast`. It holds no rule: it hands to the core what Python callers gave,
//! as they gave it, and turns what comes back into Python's own objects, with the interpreter released meanwhile.

mod argument;
mod call;
mod client;
mod ending;
mod error;
mod outbox;
mod pending;
mod receipt;

#[pyo3::pymodule]
mod _roomcast {
    #[pymodule_export]
    use crate::client::Client;
    #[pymodule_export]
    use crate::ending::end;
    #[pymodule_export]
    use crate::pending::Pending;
    #[pymodule_export]
    use crate::receipt::Receipt;

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = roomcast::VERSION;
}
