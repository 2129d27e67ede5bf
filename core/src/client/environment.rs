//! The environment's variables that stand in for options.

use std::collections::HashMap;
use std::env::VarError;

use crate::error::Error;

const VARIABLES: [&str; 10] = [
    "HMS_ACCESS_KEY",
    "HMS_SECRET",
    "HMS_MANAGEMENT_TOKEN",
    "HMS_BASE_URL",
    "ROOMCAST_ONLY_SANDBOX",
    "ROOMCAST_INSECURE_HTTP_HOST",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
];

/// The variables that are set and not empty: setting one to an empty value is the usual way to switch it off.
#[derive(Clone)]
pub(crate) struct Environment(HashMap<&'static str, String>);

impl Environment {
    /// The process's own.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration), if one is not valid Unicode.
    pub(crate) fn of_process() -> Result<Environment, Error> {
        let mut found = HashMap::new();
        for name in VARIABLES {
            match std::env::var(name) {
                Ok(value) => drop(found.insert(name, value)),
                Err(VarError::NotPresent) => {}
                Err(VarError::NotUnicode(_)) => return Err(not_unicode(name)),
            }
        }
        Environment(found).checked()
    }

    /// The environment as the host language shows it.
    pub(crate) fn from_host(variable: impl Fn(&str) -> Option<String>) -> Environment {
        Environment(VARIABLES.into_iter().filter_map(|name| Some((name, variable(name)?))).collect())
    }

    /// # Errors
    /// As [`of_process`](Environment::of_process).
    pub(crate) fn checked(mut self) -> Result<Environment, Error> {
        // Languages replace bytes that are not text by U+FFFD.
        if let Some(name) = VARIABLES.into_iter().find(|name| self.get(name).is_some_and(was_not_unicode)) {
            return Err(not_unicode(name));
        }
        self.0.retain(|_, value| !value.is_empty());
        Ok(self)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

fn was_not_unicode(value: &str) -> bool {
    value.contains(char::REPLACEMENT_CHARACTER)
}

/// Ignoring such a variable could mean another server or another account.
fn not_unicode(name: &str) -> Error {
    Error::configuration(format!("{name} is not valid Unicode"))
}

#[cfg(test)]
mod tests {
    use crate::ClientBuilder;
    use crate::ErrorKind;

    fn with(variables: &'static [(&str, &str)]) -> ClientBuilder {
        let variable = |wanted: &str| {
            let found = variables.iter().find(|(name, _)| *name == wanted)?;
            Some(found.1.to_owned())
        };
        ClientBuilder::new().environment(variable)
    }

    #[test]
    fn the_hosts_environment_counts_in_place_of_the_process_own() {
        let builder = with(&[
            ("HMS_ACCESS_KEY", "k"),
            ("HMS_SECRET", "s"),
            ("HMS_BASE_URL", "http://127.0.0.1:9/host"),
        ]);
        let client = format!("{:?}", builder.clone().build().unwrap());
        assert!(client.contains("http://127.0.0.1:9/host"), "{client}");
        let client = format!("{:?}", builder.base_url("http://127.0.0.1:9/given").build().unwrap());
        assert!(client.contains("http://127.0.0.1:9/given"), "{client}");
    }

    #[test]
    fn what_the_host_does_not_have_is_not_there() {
        for variables in [&[][..], &[("HMS_ACCESS_KEY", ""), ("HMS_SECRET", ""), ("PATH", "/bin")]] {
            let error = with(variables).build().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(error.to_string().contains("no credentials"), "{error}");
        }
    }

    #[test]
    fn what_was_no_text_is_not_passed_over() {
        let error = with(&[("HMS_ACCESS_KEY", "k"), ("HMS_SECRET", "s\u{fffd}")]).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains("HMS_SECRET is not valid Unicode"), "{error}");
    }
}
