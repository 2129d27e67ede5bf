//! Converts Python values to JSON, with the core's writer.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use roomcast::{Argument, Error, JsonText, JsonWriter, MAX_MESSAGE};

use crate::argument::{Converter, type_name};

impl Converter {
    /// Converts a value that `field` of a call holds.
    pub(crate) fn json(&mut self, field: &str, value: &Bound<'_, PyAny>) -> Result<JsonText, Error> {
        let mut json = JsonWriter::new(field);
        self.write(&mut json, value)?;
        Ok(json.finish())
    }

    /// Subclasses are written as what they are made of, whatever their methods return.
    fn write(&mut self, json: &mut JsonWriter, value: &Bound<'_, PyAny>) -> Result<(), Error> {
        if value.is_none() {
            json.null()
        } else if let Ok(text) = value.cast::<PyString>() {
            match self.json_text(text) {
                Some(text) => json.text(&text),
                None => Err(json.not_unicode()),
            }
        } else if let Ok(truth) = value.cast::<PyBool>() {
            json.boolean(truth.is_true())
        } else if value.is_instance_of::<PyInt>() {
            let small = value.extract::<i64>().map(i128::from);
            let integer = small.or_else(|_| value.extract::<u64>().map(i128::from));
            json.integer(integer.unwrap_or(i128::MAX))
        } else if let Ok(number) = value.cast::<PyFloat>() {
            json.number(number.value())
        } else if let Ok(members) = value.cast::<PyDict>() {
            self.write_object(json, members)
        } else if let Ok(items) = value.cast::<PyList>() {
            self.write_list(json, items.iter())
        } else if let Ok(items) = value.cast::<PyTuple>() {
            self.write_list(json, items.iter())
        } else {
            Err(json.unsupported(&type_name(value)))
        }
    }

    fn write_list<'py>(
        &mut self,
        json: &mut JsonWriter,
        mut items: impl Iterator<Item = Bound<'py, PyAny>>,
    ) -> Result<(), Error> {
        json.begin_list()?;
        items.try_for_each(|item| self.write(json, &item))?;
        json.end_list();
        Ok(())
    }

    fn write_object(&mut self, json: &mut JsonWriter, object: &Bound<'_, PyDict>) -> Result<(), Error> {
        let members = match members(object) {
            Ok(members) => members,
            Err(error) => {
                self.failure = Some(error);
                return Err(json.unsupported(&type_name(object)));
            }
        };
        json.begin_object()?;
        for (name, value) in members {
            let Ok(text) = name.cast::<PyString>() else { return Err(json.wrong_key(&type_name(&name))) };
            match self.json_text(text) {
                Some(text) => json.key(&text)?,
                None => return Err(json.key_not_unicode()),
            }
            self.write(json, &value)?;
        }
        json.end_object();
        Ok(())
    }

    /// None for lone surrogates.
    fn json_text(&mut self, text: &Bound<'_, PyString>) -> Option<String> {
        match self.text(text) {
            Argument::Text(text) => Some(text),
            // Refused for its length, whatever it says.
            Argument::TooLong => Some(" ".repeat(MAX_MESSAGE + 1)),
            _ => None,
        }
    }
}

type Member<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// A snapshot: what changes the object meanwhile changes nothing here. Subclasses may have an order of their own: OrderedDict.
fn members<'py>(object: &Bound<'py, PyDict>) -> PyResult<Vec<Member<'py>>> {
    if object.is_exact_instance_of::<PyDict>() {
        return object.items().extract();
    }
    let copy = PyDict::new(object.py());
    copy.update(object.as_mapping())?;
    copy.items().extract()
}
