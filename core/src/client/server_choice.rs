//! Which server a client talks to, and which it must not.

use crate::api::Spelling;
use crate::error::Error;
use crate::net::{BaseUrl, DEFAULT_BASE_URL, HttpHost};

/// The options that decide it, as given.
pub(super) struct ServerChoice {
    pub(super) base_url: Option<String>,
    pub(super) only_sandbox: bool,
    pub(super) insecure_http_host: Option<String>,
    pub(super) spelling: Spelling,
}

impl ServerChoice {
    /// The base URL, from the options and the environment.
    pub(super) fn resolve(self, env: impl Fn(&str) -> Option<String>) -> Result<BaseUrl, Error> {
        let [base_url, option] = ["base_url", "insecure_http_host"].map(|name| self.spelling.of(name));
        let allowed = match (self.insecure_http_host.as_deref(), env("ROOMCAST_INSECURE_HTTP_HOST")) {
            (Some(given), _) => HttpHost::parse(&option, &option, Some(given)),
            (None, Some(found)) => HttpHost::parse("ROOMCAST_INSECURE_HTTP_HOST", &option, Some(&found)),
            (None, None) => HttpHost::parse(&option, &option, None),
        }?;
        let guard = self.guard(&env)?;
        let (source, text) = match (self.base_url, env("HMS_BASE_URL")) {
            (Some(given), _) => (base_url, given),
            (None, Some(found)) => ("HMS_BASE_URL".to_owned(), found),
            (None, None) => (format!("the default {base_url}"), DEFAULT_BASE_URL.to_owned()),
        };
        let url = BaseUrl::parse_allowing(&allowed, &source, &text)?;
        match guard {
            Some(guard) if !url.is_sandbox(&allowed) => {
                let what = format!(
                    "{source} is on another machine, which {guard} refuses, unless {option} names its host"
                );
                let advice = "Give the URL of a sandbox, such as http://127.0.0.1:8100/v2.";
                Err(Error::configuration(what).advice(advice))
            }
            _ => Ok(url),
        }
    }

    /// What set the guard, if something did. Either does: a test's environment must hold whatever the program says.
    fn guard(&self, env: impl Fn(&str) -> Option<String>) -> Result<Option<String>, Error> {
        const VARIABLE: &str = "ROOMCAST_ONLY_SANDBOX";
        let by_variable = match env(VARIABLE).as_deref() {
            Some("1") => true,
            None | Some("0") => false,
            // Whoever meant to set it must not be without it.
            Some(_) => {
                let error = Error::configuration(format!("{VARIABLE} is neither 1 nor 0"));
                return Err(error.advice("Set it to 1 to allow only a sandbox."));
            }
        };
        let by_option = self.only_sandbox.then(|| self.spelling.of("only_sandbox"));
        Ok(by_option.or_else(|| by_variable.then(|| VARIABLE.to_owned())))
    }
}
