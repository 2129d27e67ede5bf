//! The native module of the Python package `roomcast`. It has no rule of its own: it passes arguments to the core unchanged,
//! releases the interpreter while an operation blocks, and converts results and errors into Python objects.

mod argument;
mod attach;
mod attempt_trace;
mod batch;
mod call;
mod certifi;
mod client;
mod completion_queue;
mod drain;
mod error;
mod fake;
mod interrupt;
mod json;
mod logging;
mod message;
mod not_given;
mod pending;
mod process_counter;
mod record;
mod response;
mod send_result;
mod shutdown;
mod subinterpreter;
mod trace;
mod traced;
mod watch;
mod webhooks;

// Sound without the GIL: the classes are frozen, and shared state is behind Rust's locks and atomics.
#[pyo3::pymodule(gil_used = false)]
mod _roomcast {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::attempt_trace::AttemptTrace;
    #[pymodule_export]
    use crate::batch::Batch;
    #[pymodule_export]
    use crate::client::Client;
    #[pymodule_export]
    use crate::completion_queue::CompletionQueue;
    #[pymodule_export]
    use crate::drain::Drain;
    #[pymodule_export]
    use crate::error::{wrong_argument, wrong_option};
    #[pymodule_export]
    use crate::fake::FakeRooms;
    #[pymodule_export]
    use crate::message::Message;
    #[pymodule_export]
    use crate::not_given::NotGiven;
    #[pymodule_export]
    use crate::pending::Pending;
    #[pymodule_export]
    use crate::send_result::SendResult;
    #[pymodule_export]
    use crate::shutdown::{shut_down, write_unraisable};
    #[pymodule_export]
    use crate::trace::Trace;
    #[pymodule_export]
    use crate::watch::Watch;
    #[pymodule_export]
    use crate::webhooks::WebhookReader;

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = roomcast::VERSION;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::subinterpreter::refuse(module.py())?;
        module.add("NOT_GIVEN", Bound::new(module.py(), NotGiven)?)?;
        crate::attach::register_at_fork(module)?;
        crate::logging::install();
        Ok(())
    }
}
