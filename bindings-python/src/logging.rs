//! The core's log lines, as records of Python's logger `roomcast`.

use log::{Level, LevelFilter, Log, Metadata, Record};
use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use crate::ending::Inside;
use crate::interrupt;

/// Levels from the rarest lines to the most frequent, with Python's numbers for them.
const LEVELS: [(Level, u8); 4] =
    [(Level::Error, 40), (Level::Warn, 30), (Level::Info, 20), (Level::Debug, 10)];

static LOGGER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

struct Forward;

pub(crate) fn install() {
    // It fails only where the module was initialised before.
    let _ = log::set_logger(&Forward);
}

/// Looks up which levels are wanted, so that no line costs anything that nobody reads: to be called before each send,
/// when the interpreter is held anyway.
pub(crate) fn refresh(py: Python<'_>) -> PyResult<()> {
    let mut wanted = LevelFilter::Off;
    if let Some(logger) = logger(py)? {
        for (level, number) in LEVELS {
            if !logger.call_method1(intern!(py, "isEnabledFor"), (number,))?.is_truthy()? {
                break;
            }
            wanted = level.to_level_filter();
        }
    }
    log::set_max_level(wanted);
    Ok(())
}

/// None until somebody has imported `logging`: before that nobody listens, and the import takes long.
fn logger(py: Python<'_>) -> PyResult<Option<&Bound<'_, PyAny>>> {
    static MODULES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    if let Some(logger) = LOGGER.get(py) {
        return Ok(Some(logger.bind(py)));
    }
    let Some(logging) = MODULES.import(py, "sys", "modules")?.get_item(intern!(py, "logging"))? else {
        return Ok(None);
    };
    // Not there while another thread is still importing it.
    let (Ok(get_logger), Ok(null_handler)) = (logging.getattr("getLogger"), logging.getattr("NullHandler"))
    else {
        return Ok(None);
    };
    let logger = LOGGER.get_or_try_init(py, || {
        let logger = get_logger.call1(("roomcast",))?;
        // As libraries do: without it, warnings of a program that set nothing up would go to stderr.
        logger.call_method1("addHandler", (null_handler.call0()?,))?;
        PyResult::Ok(logger.unbind())
    })?;
    Ok(Some(logger.bind(py)))
}

impl Log for Forward {
    /// Only the core's own lines: what libraries under it write was not made to be shown.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("roomcast::") && metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        if let Some(_inside) = Inside::enter() {
            Python::try_attach(|py| match emit(py, record) {
                Err(error) if error.is_instance_of::<PyException>(py) => error.write_unraisable(py, None),
                // Ctrl-C came meanwhile, or the like.
                Err(error) => interrupt::keep(error),
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
