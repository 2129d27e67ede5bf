//! Options as dynamic languages give them: by name, of any type. Names and types are checked here, once for all languages.

use std::path::PathBuf;
use std::time::Duration;

use crate::api::{Argument, MAX_TIMEOUT, Spelling, find_option, out_of_range, validate};
use crate::client::{BatchOptions, Client, ClientBuilder};
use crate::error::Error;
use crate::webhooks::{Webhooks, unusable_secret};

use super::given::Given;

fn option_names(spelling: Spelling) -> [&'static str; 12] {
    [
        "access_key",
        "secret",
        "management_token",
        "base_url",
        spelling.timeout(),
        "max_attempts",
        "retry_unknown",
        "max_in_flight",
        "ca_file",
        "proxy",
        "only_sandbox",
        "insecure_http_host",
    ]
}

impl ClientBuilder {
    /// For language bindings: sets an option by the name that the caller wrote, to the value that the caller gave. `timeout`
    /// is in seconds; for a [`language`](ClientBuilder::language) with [`Spelling::Camel`] it is `timeoutMs`, in milliseconds.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration), naming the option: it is unknown, null, or of a wrong type. Null
    /// does not count as omitted: that is how a failed look-up shows. `undefined` does, as everywhere in JavaScript.
    pub fn option(self, given: &str, value: Argument) -> Result<Self, Error> {
        let spelling = self.spelling;
        let name =
            find_option(given, &option_names(spelling), &[], spelling).map_err(Error::into_configuration)?;
        if value == Argument::Undefined {
            return Ok(self);
        }
        let option = Given { name: given, value };
        self.set(name, option).map_err(Error::into_configuration)
    }

    fn set(self, name: &str, option: Given<'_>) -> Result<Self, Error> {
        Ok(match name {
            "access_key" => self.access_key(option.text()?),
            "secret" => self.secret(option.text()?),
            "management_token" => self.management_token(option.text()?),
            "base_url" => self.base_url(option.text()?),
            "timeout" | "timeout_ms" => {
                let spelling = self.spelling;
                self.named_timeout(spelling.timeout(), option.duration(spelling.timeout_unit())?)
            }
            "max_attempts" => self.max_attempts(option.whole_number()?),
            "retry_unknown" => self.retry_unknown(option.boolean()?),
            "max_in_flight" => self.max_in_flight(option.whole_number()?),
            "ca_file" => self.ca_file(option.text()?),
            "only_sandbox" => self.only_sandbox(option.boolean()?),
            "insecure_http_host" => self.insecure_http_host(option.text()?),
            _ => self.proxy(option.text()?),
        })
    }
}

impl Client {
    /// For language bindings: the options in force, for showing, and `roots`: where the trusted authorities came from. Secrets
    /// are not among them; an option that was not given and has no default is null. `timeout` is in seconds.
    pub fn options(&self) -> [(&'static str, Argument); 9] {
        let transport = self.transport();
        let policy = &self.delivery().policy;
        let text = |text: String| Argument::Text(text);
        let shown = |path: &PathBuf| text(path.display().to_string());
        [
            ("base_url", text(transport.base_url.to_string())),
            ("credentials", text(format!("{:?}", transport.credentials))),
            ("timeout", Argument::Number(self.timeout().as_secs_f64())),
            ("max_attempts", Argument::Number(policy.max_attempts.into())),
            ("retry_unknown", Argument::Bool(policy.retry_unknown)),
            ("max_in_flight", Argument::Number(transport.max_in_flight as f64)),
            ("ca_file", transport.ca_file.as_ref().map_or(Argument::Null, shown)),
            ("roots", transport.roots.as_ref().map_or(Argument::Null, |roots| text(roots.to_string()))),
            ("proxy", transport.proxy.as_ref().map_or(Argument::Null, |proxy| text(format!("{proxy:?}")))),
        ]
    }

    /// For language bindings: how long a drain may take, from its options by the names that the caller wrote, with the values
    /// that the caller gave. By default the client's timeout.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), naming the option: it is unknown, null, of a wrong type, or out of
    /// range.
    pub fn drain_timeout(
        &self,
        options: impl IntoIterator<Item = (String, Argument)>,
        spelling: Spelling,
    ) -> Result<Duration, Error> {
        let mut timeout = self.timeout();
        for (given, value) in options {
            find_option(&given, &[spelling.timeout()], &[], spelling)?;
            if value == Argument::Undefined {
                continue;
            }
            let seconds = Given { name: &given, value }.number()? * spelling.timeout_unit();
            timeout = Duration::try_from_secs_f64(seconds)
                .ok()
                .filter(|timeout| *timeout <= MAX_TIMEOUT)
                .ok_or_else(|| Error::invalid_request(out_of_range(&given, "0 to an hour")))?;
        }
        Ok(timeout)
    }
}

impl BatchOptions {
    /// For language bindings: sets an option by the name that the caller wrote, to the value that the caller gave. `own` are
    /// options that exist in the caller's language only, which its binding handles.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), naming the option: it is unknown, null, or of a wrong type.
    pub fn option(
        mut self,
        given: &str,
        value: Argument,
        own: &[&'static str],
        spelling: Spelling,
    ) -> Result<Self, Error> {
        let name = find_option(given, &["max_in_flight", "rate"], own, spelling)?;
        self.spelling = spelling;
        if value == Argument::Undefined {
            return Ok(self);
        }
        let option = Given { name: given, value };
        Ok(match name {
            "rate" => self.rate(option.number()?),
            _ => self.max_in_flight(option.whole_number()?),
        })
    }
}

impl Webhooks {
    /// For language bindings: as [`new`](Webhooks::new), from options by the names that the caller wrote, with the values that the caller gave.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration), naming the option: unknown, missing, null, of a wrong type.
    pub fn with_options(
        options: impl IntoIterator<Item = (String, Argument)>,
        spelling: Spelling,
    ) -> Result<Self, Error> {
        let mut secret = None;
        for (name, value) in options {
            find_option(&name, &["secret"], &[], spelling).map_err(Error::into_configuration)?;
            secret = Some(value);
        }
        match secret {
            None => Err(unusable_secret("secret is missing")),
            Some(Argument::Text(secret)) if !validate::is_too_long(&secret) => Webhooks::new(secret),
            Some(Argument::Text(_) | Argument::TooLong) => {
                Err(unusable_secret("secret is not the value of a header"))
            }
            Some(other) => Err(unusable_secret(format!("secret {}; it takes text", other.describe()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builder(spelling: Spelling) -> ClientBuilder {
        ClientBuilder::new().language("x", "1", spelling)
    }

    #[test]
    fn wrong_types_and_names_are_reported_by_name() {
        let cases = [
            ("timeoutMs", Argument::Null, "timeoutMs is null; it takes a number"),
            ("caFile", Argument::TooLong, "caFile has more than 1048576 bytes of UTF-8; it takes less"),
            (
                "proxy",
                Argument::Text("x".repeat(crate::MAX_MESSAGE + 1)),
                "proxy has more than 1048576 bytes of UTF-8",
            ),
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
    fn undefined_is_omitted() {
        let builder = builder(Spelling::Camel).option("timeoutMs", Argument::Undefined).unwrap();
        assert_eq!(builder.timeout, crate::DEFAULT_TIMEOUT);
        assert!(builder.option("timeoutms", Argument::Undefined).is_err());
    }

    #[test]
    fn the_timeout_out_of_range_has_the_name_that_was_given() {
        for (spelling, name, text) in [
            (Spelling::Snake, "timeout", "timeout is out of range"),
            (Spelling::Camel, "timeoutMs", "timeoutMs is out of range"),
        ] {
            let builder =
                builder(spelling).management_token("t").option(name, Argument::Number(0.0)).unwrap();
            let error = builder.build().err().unwrap().to_string();
            assert!(error.contains(text), "{error}");
        }
        let error =
            ClientBuilder::new().management_token("t").named_timeout("timeout_ms", Duration::ZERO).build();
        assert!(error.err().unwrap().to_string().contains("timeout_ms is out of range"));
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

    #[test]
    fn a_drain_takes_its_time_or_the_clients() {
        let client = builder(Spelling::Camel).option("timeoutMs", Argument::Number(2500.0)).unwrap();
        let client = client.management_token("t").build().unwrap();
        let drain = |options: &[(&str, Argument)], spelling| {
            let options = options.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
            client.drain_timeout(options, spelling).map_err(|error| error.to_string())
        };
        let own = Duration::from_millis(2500);
        assert_eq!(drain(&[], Spelling::Camel), Ok(own));
        assert_eq!(drain(&[("timeoutMs", Argument::Undefined)], Spelling::Camel), Ok(own));
        assert_eq!(drain(&[("timeoutMs", Argument::Number(0.0))], Spelling::Camel), Ok(Duration::ZERO));
        assert_eq!(
            drain(&[("timeout", Argument::Number(1.5))], Spelling::Snake),
            Ok(own - Duration::from_secs(1))
        );
        for bad in [-1.0, f64::NAN, f64::INFINITY, 3_600_001.0] {
            let error = drain(&[("timeoutMs", Argument::Number(bad))], Spelling::Camel).unwrap_err();
            assert!(error.contains("timeoutMs is out of range: it is 0 to an hour"), "{error}");
        }
        for (name, value, says) in [
            ("timeout", Argument::Number(1.0), "did you mean timeoutMs?"),
            ("timeoutMs", Argument::Null, "timeoutMs is null; it takes a number"),
        ] {
            assert!(drain(&[(name, value)], Spelling::Camel).unwrap_err().contains(says));
        }
    }
}
