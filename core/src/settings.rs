//! A client's options as dynamic languages give them: by name, of any type. Judged here, once for every language.

use std::time::Duration;

use crate::builder::ClientBuilder;
use crate::call::{Argument, known_option};
use crate::error::Error;
use crate::request::Spelling;

const SNAKE: [&str; 10] = [
    "access_key",
    "secret",
    "management_token",
    "base_url",
    "timeout",
    "max_attempts",
    "retry_unknown",
    "max_in_flight",
    "ca_file",
    "proxy",
];
/// As [`SNAKE`], but the time is in milliseconds, as JavaScript counts it.
const CAMEL: [&str; 10] = [
    "access_key",
    "secret",
    "management_token",
    "base_url",
    "timeout_ms",
    "max_attempts",
    "retry_unknown",
    "max_in_flight",
    "ca_file",
    "proxy",
];

impl ClientBuilder {
    /// For language bindings: sets an option by the name that the caller wrote, to what the caller gave. `timeout` is in
    /// seconds; for a [`language`](ClientBuilder::language) with [`Spelling::Camel`] it is `timeoutMs`, in milliseconds.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration), naming the option: one that nobody knows, null, or of a
    /// wrong type. What is null is not left out: that is how a failed look-up shows.
    pub fn option(self, given: &str, value: Argument) -> Result<Self, Error> {
        let spelling = self.spelling;
        let known = if spelling == Spelling::Camel { CAMEL } else { SNAKE };
        let name = known_option(given, &known, spelling).map_err(Error::into_configuration)?;
        let option = Given { name: given, value };
        Ok(match name {
            "access_key" => self.access_key(option.text()?),
            "secret" => self.secret(option.text()?),
            "management_token" => self.management_token(option.text()?),
            "base_url" => self.base_url(option.text()?),
            "timeout" => self.timeout(option.duration(1.0)?),
            "timeout_ms" => self.timeout(option.duration(0.001)?),
            "max_attempts" => self.max_attempts(option.whole_number()?),
            "retry_unknown" => self.retry_unknown(option.boolean()?),
            "max_in_flight" => self.max_in_flight(option.whole_number()?),
            "ca_file" => self.ca_file(option.text()?),
            _ => self.proxy(option.text()?),
        })
    }
}

struct Given<'a> {
    name: &'a str,
    value: Argument,
}

impl Given<'_> {
    fn text(self) -> Result<String, Error> {
        match self.value {
            Argument::Text(text) => Ok(text),
            other => Err(wrong(self.name, &other, "text")),
        }
    }

    fn boolean(self) -> Result<bool, Error> {
        match self.value {
            Argument::Bool(value) => Ok(value),
            other => Err(wrong(self.name, &other, "true or false")),
        }
    }

    fn whole_number(self) -> Result<u32, Error> {
        match self.value {
            // The range that the option itself has is judged when the client is made.
            Argument::Number(number) if number.fract() == 0.0 || number.is_infinite() => {
                Ok(number.clamp(0.0, u32::MAX.into()) as u32)
            }
            other => Err(wrong(self.name, &other, "a whole number")),
        }
    }

    fn duration(self, unit: f64) -> Result<Duration, Error> {
        match self.value {
            Argument::Number(number) => {
                Ok(Duration::try_from_secs_f64(number * unit).unwrap_or(Duration::ZERO))
            }
            other => Err(wrong(self.name, &other, "a number")),
        }
    }
}

fn wrong(name: &str, value: &Argument, wanted: &str) -> Error {
    Error::configuration(format!("{name} {}; it takes {wanted}", value.describe()))
        .advice("Leave it out for its default.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builder(spelling: Spelling) -> ClientBuilder {
        ClientBuilder::new().language("x", "1", spelling)
    }

    #[test]
    fn wrong_types_and_names_are_told_by_name() {
        let cases = [
            ("timeoutMs", Argument::Null, "timeoutMs is null; it takes a number"),
            ("retryUnknown", Argument::Text("yes".into()), "retryUnknown is text; it takes true or false"),
            ("maxAttempts", Argument::Number(1.5), "maxAttempts is a number; it takes a whole number"),
            ("secret", Argument::Number(1.0), "secret is a number; it takes text"),
            ("base_url", Argument::Text("x".into()), "did you mean baseUrl?"),
            ("timeout", Argument::Number(1.0), "did you mean timeoutMs?"),
        ];
        for (name, value, text) in cases {
            let error = builder(Spelling::Camel).option(name, value).unwrap_err();
            assert!(error.to_string().contains(text), "{error}");
            assert_eq!(error.kind(), crate::ErrorKind::Configuration);
        }
    }

    #[test]
    fn seconds_and_milliseconds() {
        let set = |spelling, name, number| {
            builder(spelling).option(name, Argument::Number(number)).unwrap().timeout
        };
        assert_eq!(set(Spelling::Snake, "timeout", 2.5), Duration::from_millis(2500));
        assert_eq!(set(Spelling::Camel, "timeoutMs", 2500.0), Duration::from_millis(2500));
        // Out of range, whatever it was; `build` says so.
        for odd in [f64::NAN, f64::INFINITY, -1.0] {
            assert_eq!(set(Spelling::Snake, "timeout", odd), Duration::ZERO);
        }
    }
}
