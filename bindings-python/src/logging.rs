//! Forwards the core's log records to Python's logger `roomcast`.

use std::cell::RefCell;
use std::sync::Arc;

use log::kv::{self, Key, Value, VisitSource};
use log::{LevelFilter, Log, Metadata, Record};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use roomcast::{CallContext, LogScope};

use crate::attach::{DropAttached, attach};
use crate::interrupt;
use crate::watch::Watch;

thread_local! {
    /// Where the operation was started whose record this thread writes, if another thread started it.
    static ORIGIN: RefCell<Option<Arc<DropAttached<Py<PyAny>>>>> = const { RefCell::new(None) };
}

struct Forwarder;

pub(crate) fn install() {
    // It fails only if the module was already initialised.
    let _ = log::set_logger(&Forwarder);
}

/// Sets which levels are enabled, so that disabled ones cost nothing. Called before each operation.
pub(crate) fn set_level(level: u8) {
    log::set_max_level(match level {
        0 => LevelFilter::Off,
        1 => LevelFilter::Error,
        2 => LevelFilter::Warn,
        3 => LevelFilter::Info,
        _ => LevelFilter::Debug,
    });
}

/// What an operation carries along from where it was started, as far as that is known.
pub(crate) fn context(origin: Option<Py<PyAny>>, watch: Option<&Watch>) -> CallContext {
    let context = origin.map(scope).into_iter().fold(CallContext::default(), CallContext::log_scope);
    watch.into_iter().fold(context, |context, watch| watch.watch(context))
}

/// Writes an operation's records as coming from where it was started.
fn scope(origin: Py<PyAny>) -> LogScope {
    let origin = Arc::new(DropAttached::new(origin));
    Arc::new(move |write: &dyn Fn()| {
        let outer = ORIGIN.replace(Some(origin.clone()));
        write();
        ORIGIN.set(outer);
    })
}

impl Log for Forwarder {
    /// Only the core's own records: those of its dependencies may show what must stay secret.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("roomcast::") && metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        attach(|py| match emit(py, record) {
            Err(error) if error.is_instance_of::<PyException>(py) => error.write_unraisable(py, None),
            // A KeyboardInterrupt, for example, or what another signal's handler raised.
            Err(error) | Ok(Some(error)) => interrupt::raise_later(error),
            Ok(None) => {}
        });
    }

    fn flush(&self) {}
}

fn emit(py: Python<'_>, record: &Record<'_>) -> PyResult<Option<PyErr>> {
    let fields = PyDict::new(py);
    for name in ["room_id", "kind", "outcome", "attempts"] {
        fields.set_item(name, py.None())?;
    }
    // It fails only if the visitor does.
    let _ = record.key_values().visit(&mut Fields(&fields));
    let origin = ORIGIN.with_borrow(|origin| Some(origin.as_ref()?.get()?.clone_ref(py)));
    // Not kept: a fork while another thread fills a cell would leave it locked in the child.
    let emit = py.import("roomcast._logging")?.getattr("emit")?;
    let raised = emit.call1((record.level() as u8, record.args().to_string(), fields, origin))?;
    Ok((!raised.is_none()).then(|| PyErr::from_value(raised)))
}

struct Fields<'a, 'py>(&'a Bound<'py, PyDict>);

impl<'kvs> VisitSource<'kvs> for Fields<'_, '_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), kv::Error> {
        let set = match value.to_u64() {
            Some(number) => self.0.set_item(key.as_str(), number),
            None => self.0.set_item(key.as_str(), value.to_string()),
        };
        set.map_err(|_| kv::Error::msg("Python has no memory"))
    }
}
