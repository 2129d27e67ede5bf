//! The arguments of one call, by the names that the core uses.

use crate::api::{Argument, CallOptions, Spelling, Target, validate};
use crate::error::Error;

use super::given::Given;

pub(super) struct Arguments {
    pub(super) spelling: Spelling,
    /// Of two with one name, the last counts.
    pub(super) given: Vec<(&'static str, Argument)>,
}

impl Arguments {
    /// Text that must be given.
    pub(super) fn required_text(&mut self, name: &'static str) -> Result<String, Error> {
        let value = self.take(name).unwrap_or(Argument::Null);
        self.text(name, value)
    }

    /// Text that may be omitted.
    pub(super) fn optional_text(&mut self, name: &'static str) -> Result<Option<String>, Error> {
        self.take_defined(name).map(|value| self.text(name, value)).transpose()
    }

    /// A target that may be omitted. Null counts as given.
    pub(super) fn target(&mut self, name: &'static str) -> Result<Option<Target>, Error> {
        self.take(name).map(|value| to_target(value, || self.spelling.of(name))).transpose()
    }

    /// Targets of which there is at least one; how many there are is checked with the rules for them.
    pub(super) fn targets(&mut self, name: &'static str) -> Result<Vec<Target>, Error> {
        let field = self.spelling.of(name);
        match self.take(name).unwrap_or(Argument::Null) {
            Argument::List(values) => {
                let numbered = values.into_iter().enumerate();
                numbered.map(|(index, value)| to_target(value, || format!("{field}[{index}]"))).collect()
            }
            other => Err(Error::invalid_request(format!("{field} {}, not a list", other.describe()))
                .advice("Give a list of ids or names, each as text.")),
        }
    }

    /// What every call may set instead of the client.
    pub(super) fn call_options(&mut self) -> Result<CallOptions, Error> {
        let (timeout, unit) = (self.spelling.timeout(), self.spelling.timeout_unit());
        Ok(CallOptions {
            timeout: self.given(timeout, |given| given.duration(unit))?,
            max_attempts: self.given("max_attempts", |given| given.whole_number())?,
            retry_unknown: self.given("retry_unknown", |given| given.boolean())?,
        })
    }

    fn given<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Given<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let Some(value) = self.take_defined(name) else { return Ok(None) };
        read(Given { name: &self.spelling.of(name), value }).map(Some)
    }

    /// `undefined` counts as omitted, as everywhere in JavaScript; but not for targets, since a failed look-up shows as that.
    pub(super) fn take_defined(&mut self, name: &str) -> Option<Argument> {
        self.take(name).filter(|value| *value != Argument::Undefined)
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Argument> {
        let index = self.given.iter().rposition(|(given, _)| *given == name)?;
        Some(self.given.remove(index).1)
    }

    pub(super) fn text(&self, name: &'static str, value: Argument) -> Result<String, Error> {
        match value {
            Argument::Text(text) if !validate::is_too_long(&text) => Ok(text),
            Argument::Text(_) | Argument::TooLong => Err(validate::too_long(&self.spelling.of(name))),
            other => Err(not_text(&self.spelling.of(name), &other)),
        }
    }
}

/// Its length is checked with the other rules for targets.
fn to_target(value: Argument, field: impl FnOnce() -> String) -> Result<Target, Error> {
    match value {
        Argument::Null => Ok(Target::Null),
        Argument::Undefined => Ok(Target::Undefined),
        Argument::TooLong => Ok(Target::TooLong),
        Argument::Text(text) => Ok(Target::Text(text)),
        other => Err(not_text(&field(), &other)),
    }
}

fn not_text(field: &str, value: &Argument) -> Error {
    let advice = match field {
        "room_id" | "roomId" => "Give the id of the room, as text.",
        "message" => "Give the text to deliver.",
        "type" => "Give a kind of message such as \"chat\", as text, or omit it.",
        _ => "Give it as text.",
    };
    let not_text = match value {
        Argument::Null | Argument::Undefined | Argument::NotUnicode => "",
        _ => ", not text",
    };
    Error::invalid_request(format!("{field} {}{not_text}", value.describe())).advice(advice)
}
