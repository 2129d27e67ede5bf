//! Forwards the core's log records to Python's logger `roomcast`.

use log::{Level, LevelFilter, Log, Metadata, Record};
use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use crate::interrupt;
use crate::shutdown::ShutdownGuard;

/// The levels with Python's numbers for them, the most severe first.
const LEVELS: [(Level, u8); 4] =
    [(Level::Error, 40), (Level::Warn, 30), (Level::Info, 20), (Level::Debug, 10)];

static LOGGER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

struct Forwarder;

pub(crate) fn install() {
    // It fails only if the module was already initialised.
    let _ = log::set_logger(&Forwarder);
}

/// Looks up which levels are enabled, so that disabled ones cost nothing. Called before each operation, while the
/// interpreter is attached anyway.
pub(crate) fn refresh_level(py: Python<'_>) -> PyResult<()> {
    let mut enabled = LevelFilter::Off;
    if let Some(logger) = logger(py)? {
        for (level, number) in LEVELS {
            if !logger.call_method1(intern!(py, "isEnabledFor"), (number,))?.is_truthy()? {
                break;
            }
            enabled = level.to_level_filter();
        }
    }
    log::set_max_level(enabled);
    Ok(())
}

/// None until the program has imported `logging`: before that it cannot have a handler, and the import is slow.
fn logger(py: Python<'_>) -> PyResult<Option<&Bound<'_, PyAny>>> {
    static MODULES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    if let Some(logger) = LOGGER.get(py) {
        return Ok(Some(logger.bind(py)));
    }
    let Some(logging) = MODULES.import(py, "sys", "modules")?.get_item(intern!(py, "logging"))? else {
        return Ok(None);
    };
    // Incomplete while another thread is importing it.
    let (Ok(get_logger), Ok(null_handler)) = (logging.getattr("getLogger"), logging.getattr("NullHandler"))
    else {
        return Ok(None);
    };
    let logger = LOGGER.get_or_try_init(py, || {
        let logger = get_logger.call1(("roomcast",))?;
        // As libraries do: without it, warnings would go to stderr in a program that has not configured logging.
        logger.call_method1("addHandler", (null_handler.call0()?,))?;
        PyResult::Ok(logger.unbind())
    })?;
    Ok(Some(logger.bind(py)))
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
        if let Some(_guard) = ShutdownGuard::acquire() {
            Python::try_attach(|py| match emit(py, record) {
                Err(error) if error.is_instance_of::<PyException>(py) => error.write_unraisable(py, None),
                // A KeyboardInterrupt, for example.
                Err(error) => interrupt::raise_later(error),
                Ok(()) => {}
            });
        }
    }

    fn flush(&self) {}
}

fn emit(py: Python<'_>, record: &Record<'_>) -> PyResult<()> {
    if let Some(logger) = LOGGER.get(py) {
        let number =
            LEVELS.iter().find(|(level, _)| *level == record.level()).map_or(10, |(_, number)| *number);
        logger.call_method1(py, intern!(py, "log"), (number, record.args().to_string()))?;
    }
    Ok(())
}
