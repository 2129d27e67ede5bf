//! One option as a dynamic language gives it: its name, and a value whose type is checked here.

use std::time::Duration;

use crate::api::{Argument, validate};
use crate::error::Error;

pub(super) struct Given<'a> {
    /// As the caller wrote it.
    pub(super) name: &'a str,
    pub(super) value: Argument,
}

impl Given<'_> {
    pub(super) fn text(self) -> Result<String, Error> {
        match self.value {
            Argument::Text(text) if !validate::is_too_long(&text) => Ok(text),
            Argument::Text(_) | Argument::TooLong => Err(wrong(self.name, &Argument::TooLong, "less")),
            other => Err(wrong(self.name, &other, "text")),
        }
    }

    pub(super) fn boolean(self) -> Result<bool, Error> {
        match self.value {
            Argument::Bool(value) => Ok(value),
            other => Err(wrong(self.name, &other, "true or false")),
        }
    }

    /// Its range is checked where it is used.
    pub(super) fn whole_number(self) -> Result<u32, Error> {
        match self.value {
            Argument::Number(number) if number.fract() == 0.0 || number.is_infinite() => {
                Ok(number.clamp(0.0, u32::MAX.into()) as u32)
            }
            other => Err(wrong(self.name, &other, "a whole number")),
        }
    }

    /// Its range is checked where it is used.
    pub(super) fn number(self) -> Result<f64, Error> {
        match self.value {
            Argument::Number(number) => Ok(number),
            other => Err(wrong(self.name, &other, "a number")),
        }
    }

    /// Its range is checked where it is used; zero is out of it. `unit` is in seconds.
    pub(super) fn duration(self, unit: f64) -> Result<Duration, Error> {
        let number = self.number()?;
        Ok(Duration::try_from_secs_f64(number * unit).unwrap_or(Duration::ZERO))
    }
}

fn wrong(name: &str, value: &Argument, wanted: &str) -> Error {
    Error::wrong_argument(name, value, wanted).advice("Omit it for its default.")
}
