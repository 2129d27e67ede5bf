//! Messages in the formats of 100ms's clients.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use roomcast::{Argument, Error, JsonText, MessageArgument};

use crate::argument::Converter;
use crate::error;
use crate::not_given::is_not_given;

/// A message in a format that 100ms's own clients understand: made by chat(), event() or reaction().
///
/// Every method that sends takes it as its `message`. It is immutable, and its repr hides what it says.
#[pyclass(frozen, module = "roomcast")]
pub(crate) struct Message {
    format: String,
    fields: Vec<(String, Value)>,
}

enum Value {
    /// As it was given. The core checks it when the message is sent.
    Given(Py<PyAny>),
    Json(JsonText),
}

#[pymethods]
impl Message {
    /// Creates a message, or returns a failure. The field `payload` becomes JSON.
    #[staticmethod]
    fn _create<'py>(
        py: Python<'py>,
        format: String,
        given: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut converter = Converter::default();
        let mut fields = Vec::new();
        for (name, value) in given {
            let name = name.cast::<PyString>()?.to_string_lossy().into_owned();
            if is_not_given(&value) {
                continue;
            }
            let value = match name.as_str() {
                "payload" => match converter.json(&name, &value) {
                    Ok(json) => Value::Json(json),
                    Err(error) => return error::to_failure_from(py, &error, converter.failure),
                },
                _ => Value::Given(value.unbind()),
            };
            fields.push((name, value));
        }
        Ok(Bound::new(py, Message { format, fields })?.into_any())
    }

    /// For pickles and copies: each field's name, its value, and whether that is JSON.
    #[staticmethod]
    fn _restore(format: String, stored: Vec<(String, Bound<'_, PyAny>, bool)>) -> PyResult<Self> {
        let mut fields = Vec::with_capacity(stored.len());
        for (name, value, is_json) in stored {
            let value = match is_json {
                false => Value::Given(value.unbind()),
                true => match JsonText::parse(&name, value.extract::<String>()?) {
                    Ok(json) => Value::Json(json),
                    Err(error) => return Err(PyValueError::new_err(error.to_string())),
                },
            };
            fields.push((name, value));
        }
        Ok(Message { format, fields })
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let restore = py.get_type::<Message>().getattr("_restore")?;
        let fields = self.fields.iter().map(|(name, value)| (name, value.to_python(py), value.is_json()));
        let arguments = (&self.format, fields.collect::<Vec<_>>());
        Ok((restore, arguments.into_pyobject(py)?))
    }

    fn __eq__(&self, py: Python<'_>, other: &Self) -> PyResult<bool> {
        if self.format != other.format || self.fields.len() != other.fields.len() {
            return Ok(false);
        }
        for ((name, value), (other_name, other_value)) in self.fields.iter().zip(&other.fields) {
            let is_equal = match (value, other_value) {
                (Value::Given(value), Value::Given(other)) => value.bind(py).eq(other)?,
                (Value::Json(json), Value::Json(other)) => json == other,
                _ => false,
            };
            if name != other_name || !is_equal {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        let values = self.fields.iter().map(|(_, value)| value.to_python(py));
        (&self.format, PyTuple::new(py, values.collect::<Vec<_>>())?).into_pyobject(py)?.hash()
    }

    fn __repr__(&self) -> String {
        format!("<roomcast.Message: {}>", self.format)
    }
}

impl Message {
    /// For the core.
    pub(crate) fn to_argument(&self, py: Python<'_>, converter: &mut Converter) -> MessageArgument {
        self.fields.iter().fold(MessageArgument::new(&self.format), |message, (name, value)| {
            let value = match value {
                Value::Given(value) => converter.argument(value.bind(py)),
                Value::Json(json) => Argument::Json(json.clone()),
            };
            message.field(name, value)
        })
    }
}

impl Converter {
    /// Converts a value that may also be JSON, or a message in a format.
    pub(crate) fn message(&mut self, value: &Bound<'_, PyAny>) -> Result<Argument, Error> {
        if let Ok(message) = value.cast::<Message>() {
            let message = message.get().to_argument(value.py(), self);
            Ok(Argument::Message(Box::new(message)))
        } else if value.is_instance_of::<PyDict>()
            || value.is_instance_of::<PyList>()
            || value.is_instance_of::<PyTuple>()
        {
            self.json("message", value).map(Argument::Json)
        } else {
            Ok(self.argument(value))
        }
    }
}

impl Value {
    fn is_json(&self) -> bool {
        matches!(self, Value::Json(_))
    }

    /// JSON as its text.
    fn to_python<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        match self {
            Value::Given(value) => value.bind(py).clone(),
            Value::Json(json) => PyString::new(py, json.as_str()).into_any(),
        }
    }
}
