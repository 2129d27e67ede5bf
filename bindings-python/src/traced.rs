//! What `Trace` and `AttemptTrace` share: immutable records with named fields, as `_record.py` makes them in Python.

use pyo3::exceptions::{PyKeyError, PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple, PyType};

use crate::error;
use crate::shutdown::ShutdownGuard;

/// A field's name and its type, which is evaluated in the package.
pub(crate) type Field = (&'static str, &'static str);
pub(crate) type Value<'py> = PyResult<Bound<'py, PyAny>>;

pub(crate) const TIME: &str = "_typing.Optional[float]";
pub(crate) const ERROR: &str = "_typing.Optional[_typing.RoomcastError]";

/// The values of fields that stay the same objects; of a record that a program made, all.
pub(crate) struct Converted(PyOnceLock<Py<PyDict>>);

impl Converted {
    pub(crate) fn none() -> Self {
        Converted(PyOnceLock::new())
    }

    /// Those of a record that a program makes.
    pub(crate) fn given(
        py: Python<'_>,
        class: &str,
        fields: &[Field],
        given: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let given = given.map_or_else(|| Ok(PyDict::new(py)), |given| given.copy())?;
        let mut wrong: Vec<String> = Vec::new();
        for (name, _) in fields {
            if !given.contains(name)? {
                wrong.push((*name).to_owned());
            }
        }
        for name in given.keys() {
            let name = name.to_string();
            if !fields.iter().any(|(field, _)| *field == name) {
                wrong.push(name);
            }
        }
        if wrong.is_empty() {
            let converted = Converted::none();
            let _ = converted.0.set(py, given.unbind());
            return Ok(converted);
        }
        wrong.sort();
        let names = wrong.join(", ");
        let text = format!("{class} takes all fields as keyword arguments; unknown or missing: {names}");
        Err(PyTypeError::new_err(text))
    }

    pub(crate) fn get<'py>(&self, py: Python<'py>, name: &str) -> Value<'py> {
        let missing = || PyKeyError::new_err(name.to_owned());
        self.find(py, name)?.ok_or_else(missing)
    }

    /// Converts a field, unless it was before.
    pub(crate) fn keep<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        convert: impl FnOnce() -> Value<'py>,
    ) -> Value<'py> {
        if let Some(value) = self.find(py, name)? {
            return Ok(value);
        }
        let value = convert()?;
        let dict = PyDict::new(py).unbind();
        // Another thread may have been quicker, here and below.
        let _ = self.0.set(py, dict);
        let Some(dict) = self.0.get(py) else { return Ok(value) };
        dict.bind(py).call_method1("setdefault", (name, value))
    }

    fn find<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.0.get(py).map_or(Ok(None), |dict| dict.bind(py).get_item(name))
    }
}

/// The exception of what failed; None if nothing did.
pub(crate) fn error<'py>(
    py: Python<'py>,
    converted: &Converted,
    error: Option<&roomcast::Error>,
) -> Value<'py> {
    let Some(error) = error else { return Ok(py.None().into_bound(py)) };
    converted.keep(py, "error", || {
        let failure = error::to_failure(py, error)?;
        guarded(|| py.import("roomcast._results")?.getattr("to_exception")?.call1((failure,)))
    })
}

/// What is known of a message that was not accepted.
pub(crate) fn outcome<'py>(record: &Bound<'py, PyAny>) -> Value<'py> {
    let error = record.getattr("error")?;
    if error.is_none() { Ok(error) } else { error.getattr("outcome") }
}

/// For `vars()`, and with it what makes JSON of objects.
pub(crate) fn fields<'py>(record: &Bound<'py, PyAny>, fields: &[Field]) -> PyResult<Bound<'py, PyDict>> {
    let values = PyDict::new(record.py());
    for (name, _) in fields {
        values.set_item(name, record.getattr(*name)?)?;
    }
    Ok(values)
}

pub(crate) fn equal(one: &Bound<'_, PyAny>, other: &Bound<'_, PyAny>, names: &[Field]) -> PyResult<bool> {
    guarded(|| fields(one, names)?.eq(fields(other, names)?))
}

pub(crate) fn hash(record: &Bound<'_, PyAny>, names: &[Field]) -> PyResult<isize> {
    let py = record.py();
    PyTuple::new(py, [record.get_type().into_any(), record.getattr(names[0].0)?])?.hash()
}

pub(crate) fn repr(record: &Bound<'_, PyAny>, names: &[Field]) -> PyResult<String> {
    let shown = |(name, _): &Field| Ok(format!("{name}={}", record.getattr(*name)?.repr()?));
    let shown = guarded(|| names.iter().map(shown).collect::<PyResult<Vec<_>>>())?;
    Ok(format!("{}({})", record.get_type().name()?, shown.join(", ")))
}

/// How to make a copy of it, also in another process.
pub(crate) fn reduce<'py>(
    record: &Bound<'py, PyAny>,
    names: &[Field],
) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyDict>,))> {
    Ok((record.get_type().getattr("_restore")?, (fields(record, names)?,)))
}

/// As of a class in Python.
pub(crate) fn annotations<'py>(py: Python<'py>, fields: &[Field]) -> PyResult<Bound<'py, PyDict>> {
    let annotations = PyDict::new(py);
    for (name, of_type) in fields {
        annotations.set_item(name, of_type)?;
    }
    Ok(annotations)
}

/// For pydantic, and so for FastAPI.
pub(crate) fn schema<'py>(cls: &Bound<'py, PyType>, handler: &Bound<'py, PyAny>) -> Value<'py> {
    cls.py().import("roomcast._pydantic")?.getattr("schema")?.call1((cls, handler))
}

/// Runs Python code below native code, which an interpreter that shuts down must not: see `shutdown.rs`.
fn guarded<T>(python: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    match ShutdownGuard::acquire() {
        Some(_guard) => python(),
        None => Err(PyRuntimeError::new_err("the interpreter is shutting down")),
    }
}
