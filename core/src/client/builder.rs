//! A client's options: defaults, limits, and the environment's variables that stand in for them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ureq_proto::http::HeaderValue;

use crate::api::{MAX_ATTEMPTS_RANGE, Spelling, TIMEOUT_RANGE, is_max_attempts, is_timeout, out_of_range};
use crate::auth::{Credentials, GivenCredentials};
use crate::delivery::{DeliveryConfig, Observer, RetryPolicy};
use crate::error::Error;
use crate::net::{AddedRoots, FIRST_GUESS, FakeServer, FallbackRoots, Interrupted, MAX_AGE, Proxy, Roots};
use crate::runtime::TransportConfig;

use super::Client;
use super::environment::Environment;
use super::server_choice::ServerChoice;

/// The default deadline of a whole call.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// The default number of attempts of one call.
pub const DEFAULT_MAX_ATTEMPTS: u32 = 3;
/// The default number of started operations in flight.
pub const DEFAULT_MAX_IN_FLIGHT: u32 = 64;
/// The largest `max_in_flight`: each operation in flight has a connection.
pub const LIMIT_MAX_IN_FLIGHT: u32 = 10_000;
pub(super) const MAX_IN_FLIGHT_RANGE: &str = "1 to 10,000";

/// A client's options. Those that are not given come from the environment or have a default.
#[derive(Clone)]
pub struct ClientBuilder {
    credentials: GivenCredentials,
    base_url: Option<String>,
    pub(crate) timeout: Duration,
    /// What the caller's language calls it, in snake case.
    timeout_name: &'static str,
    max_attempts: u32,
    retry_unknown: bool,
    only_sandbox: bool,
    insecure_http_host: Option<String>,
    max_in_flight: u32,
    ca_file: Option<PathBuf>,
    extra_ca_file: Option<(&'static str, PathBuf)>,
    proxy: Option<String>,
    /// The language and its version.
    language: (String, String),
    pub(crate) spelling: Spelling,
    environment: Option<Environment>,
    interrupted: Option<Interrupted>,
    observer: Option<Arc<dyn Observer>>,
    fake_server: Option<Arc<dyn FakeServer>>,
    max_connection_age: Duration,
    idle_guess: Duration,
}

impl Client {
    /// Begins a client with options.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// A client from the environment: `HMS_ACCESS_KEY` with `HMS_SECRET`, or `HMS_MANAGEMENT_TOKEN`; and `HMS_BASE_URL`.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration), saying what is missing or wrong.
    pub fn from_env() -> Result<Client, Error> {
        ClientBuilder::new().build()
    }
}

impl ClientBuilder {
    pub(crate) fn new() -> Self {
        ClientBuilder {
            credentials: GivenCredentials::default(),
            base_url: None,
            timeout: DEFAULT_TIMEOUT,
            timeout_name: "timeout",
            max_attempts: DEFAULT_MAX_ATTEMPTS,
            retry_unknown: false,
            only_sandbox: false,
            insecure_http_host: None,
            max_in_flight: DEFAULT_MAX_IN_FLIGHT,
            ca_file: None,
            extra_ca_file: None,
            proxy: None,
            language: ("rust".into(), env!("ROOMCAST_RUSTC_VERSION").into()),
            spelling: Spelling::Snake,
            environment: None,
            interrupted: None,
            observer: None,
            fake_server: None,
            max_connection_age: MAX_AGE,
            idle_guess: FIRST_GUESS,
        }
    }

    /// The app's access key; goes with [`secret`](ClientBuilder::secret). Else `HMS_ACCESS_KEY`.
    pub fn access_key(mut self, access_key: impl Into<String>) -> Self {
        self.credentials.access_key = Some(access_key.into());
        self
    }

    /// The app's secret, with which roomcast signs management tokens. Else `HMS_SECRET`.
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.credentials.secret = Some(secret.into());
        self
    }

    /// A management token made elsewhere, instead of key and secret: roomcast cannot renew it. Else
    /// `HMS_MANAGEMENT_TOKEN`.
    pub fn management_token(mut self, management_token: impl Into<String>) -> Self {
        self.credentials.management_token = Some(management_token.into());
        self
    }

    /// The API's URL: https, or http to loopback or to the [`insecure_http_host`](ClientBuilder::insecure_http_host). Else
    /// `HMS_BASE_URL`, else [`DEFAULT_BASE_URL`](crate::DEFAULT_BASE_URL).
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// A guard for tests: with it, a client whose [`base_url`](ClientBuilder::base_url) is neither on this machine nor on the
    /// [`insecure_http_host`](ClientBuilder::insecure_http_host) cannot be made, so that no test reaches people. The variable
    /// `ROOMCAST_ONLY_SANDBOX` (1, or 0 for off) has the same effect, and false does not cancel it.
    pub fn only_sandbox(mut self, only_sandbox: bool) -> Self {
        self.only_sandbox = only_sandbox;
        self
    }

    /// The name of one host besides this machine that plain http may go to: a sandbox in a network of your own, such as that of
    /// docker-compose. **Everyone between sees the token, with which anybody can send into any room, and all messages.** The name
    /// is without scheme and port. Else `ROOMCAST_INSECURE_HTTP_HOST`.
    pub fn insecure_http_host(mut self, insecure_http_host: impl Into<String>) -> Self {
        self.insecure_http_host = Some(insecure_http_host.into());
        self
    }

    /// The deadline of a whole call, all attempts and waits included: more than zero, at most [`MAX_TIMEOUT`](crate::MAX_TIMEOUT); by
    /// default [`DEFAULT_TIMEOUT`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// For language bindings: the timeout, by the name that it has there, such as `timeout_ms`.
    pub fn named_timeout(mut self, name: &'static str, timeout: Duration) -> Self {
        self.timeout_name = name;
        self.timeout(timeout)
    }

    /// The most attempts of one call: 1 to [`LIMIT_MAX_ATTEMPTS`](crate::LIMIT_MAX_ATTEMPTS), by default [`DEFAULT_MAX_ATTEMPTS`].
    pub fn max_attempts(mut self, max_attempts: u32) -> Self {
        self.max_attempts = max_attempts;
        self
    }

    /// Also retries when it is unknown whether the message was delivered; off by default. **People may then see a message
    /// twice.**
    pub fn retry_unknown(mut self, retry_unknown: bool) -> Self {
        self.retry_unknown = retry_unknown;
        self
    }

    /// The most started operations in flight at once: 1 to [`LIMIT_MAX_IN_FLIGHT`], by default [`DEFAULT_MAX_IN_FLIGHT`].
    /// Further ones are queued, up to [`MAX_QUEUED`](crate::MAX_QUEUED), and so are those that wait for a retry. Each in flight has
    /// a connection, and as many idle connections are kept; one thread performs them all, and further threads open the
    /// connections. Blocking calls do not count: the number of the caller's threads limits them.
    pub fn max_in_flight(mut self, max_in_flight: u32) -> Self {
        self.max_in_flight = max_in_flight;
        self
    }

    /// A PEM file with certificate authorities to trust in addition to the system's.
    ///
    /// The system's are those of its store or, if they are set, of `SSL_CERT_FILE` and `SSL_CERT_DIR`. If that gives none,
    /// those of Mozilla are trusted, if the feature `webpki-roots` is on. The client's `Debug` shows the sources.
    pub fn ca_file(mut self, ca_file: impl AsRef<Path>) -> Self {
        self.ca_file = Some(ca_file.as_ref().to_owned());
        self
    }

    /// For language bindings: another such file, which a variable of the language names. Unlike a `ca_file`, one that cannot be
    /// read adds nothing: the variable is for all programs, and may be older than the machine.
    pub fn extra_ca_file(mut self, variable: &'static str, path: impl Into<PathBuf>) -> Self {
        self.extra_ca_file = Some((variable, path.into()));
        self
    }

    /// The HTTP proxy to tunnel through, e.g. `http://user:password@proxy.example:3128`. Else `HTTPS_PROXY`, unless
    /// `NO_PROXY` names the host or the URL is plain http. Never used for loopback.
    pub fn proxy(mut self, proxy: impl Into<String>) -> Self {
        self.proxy = Some(proxy.into());
        self
    }

    /// For language bindings: the language and its version, for the `User-Agent`, and how it spells options.
    pub fn language(
        mut self,
        name: impl Into<String>,
        version: impl Into<String>,
        spelling: Spelling,
    ) -> Self {
        self.language = (name.into(), version.into());
        self.spelling = spelling;
        self
    }

    /// For language bindings: the environment as the language shows it, if that may differ from the process's own. `variable`
    /// is called, before this returns, for each variable that a client reads.
    pub fn environment(mut self, variable: impl Fn(&str) -> Option<String>) -> Self {
        self.environment = Some(Environment::from_host(variable));
        self
    }

    /// Watches all operations of the client: see [`Observer`].
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// For language bindings: lets signals cancel a [`send_message`](Client::send_message). `interrupted` is called, on the
    /// thread that sends, when a signal interrupted its wait, and every 50 ms of a wait, since a signal that comes just
    /// before the wait does not interrupt it. If it returns true, the send fails with
    /// [`Cancelled`](crate::ErrorKind::Cancelled). It may use the client itself.
    pub fn interrupted(mut self, interrupted: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.interrupted = Some(Arc::new(interrupted));
        self
    }

    /// For tests of programs that use roomcast: `fake_server` responds instead of the server. Every operation is checked,
    /// encoded, retried and reported as ever, but nothing leaves the process, and nothing waits: not between two attempts, nor
    /// after a 429. The environment is not read, and credentials are not needed. [`Fake`](crate::Fake) is one with rooms and
    /// peers.
    pub fn fake_server(mut self, fake_server: Arc<dyn FakeServer>) -> Self {
        self.fake_server = Some(fake_server);
        self.environment = Some(Environment::from_host(|_| None));
        self
    }

    /// For tests, which cannot wait for minutes.
    #[cfg(test)]
    pub(crate) fn max_connection_age(mut self, max_connection_age: Duration) -> Self {
        self.max_connection_age = max_connection_age;
        self
    }

    /// For tests, likewise: how long the server is believed to keep idle connections, until it is known.
    #[cfg(test)]
    pub(crate) fn idle_guess(mut self, idle_guess: Duration) -> Self {
        self.idle_guess = idle_guess;
        self
    }

    /// Makes the client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration), naming the option or the variable.
    pub fn build(self) -> Result<Client, Error> {
        self.build_with_fallback_roots("", || None)
    }

    /// For language bindings: as [`build`](ClientBuilder::build), with certificate authorities that the language brings.
    /// `pem` is called, before this returns, only if they are needed: for https, if the system has none. `source` says
    /// where they came from.
    ///
    /// # Errors
    /// As [`build`](ClientBuilder::build).
    pub fn build_with_fallback_roots(
        self,
        source: &'static str,
        pem: impl FnOnce() -> Option<String>,
    ) -> Result<Client, Error> {
        let fallback = FallbackRoots { source, pem: Box::new(pem) };
        let environment = match self.environment {
            Some(environment) => environment.checked()?,
            None => Environment::of_process()?,
        };
        let env = |name: &str| environment.get(name).map(str::to_owned);
        let spelled = |name| self.spelling.of(name);
        let names = ["access_key", "secret", "management_token"].map(spelled);
        let given = match self.fake_server {
            Some(_) => self.credentials.or_token("fake"),
            None => self.credentials,
        };
        let credentials = Credentials::resolve(given, names.each_ref().map(String::as_str), env)?;
        let server = ServerChoice {
            base_url: self.base_url,
            only_sandbox: self.only_sandbox,
            insecure_http_host: self.insecure_http_host,
            spelling: self.spelling,
        };
        let base_url = server.resolve(env)?;
        let out_of_range = |option, range| Error::configuration(out_of_range(&spelled(option), range));
        if !is_timeout(self.timeout) {
            return Err(out_of_range(self.timeout_name, TIMEOUT_RANGE));
        }
        if !is_max_attempts(self.max_attempts) {
            return Err(out_of_range("max_attempts", MAX_ATTEMPTS_RANGE));
        }
        if !(1..=LIMIT_MAX_IN_FLIGHT).contains(&self.max_in_flight) {
            return Err(out_of_range("max_in_flight", MAX_IN_FLIGHT_RANGE));
        }
        let proxy = Proxy::choose(self.proxy.as_deref(), &base_url, env)?;
        let added = AddedRoots {
            ca_file_option: spelled("ca_file"),
            ca_file: self.ca_file.clone(),
            extra: self.extra_ca_file,
        };
        let roots = match base_url.is_tls() {
            true if self.fake_server.is_none() => Some(Roots::load(added, fallback)?),
            _ => Roots::check_ca_file(&added).map(|()| None)?,
        };
        let user_agent = user_agent(&self.language);
        let policy = RetryPolicy { max_attempts: self.max_attempts, retry_unknown: self.retry_unknown };
        let transport = TransportConfig {
            base_url,
            proxy,
            roots,
            credentials,
            max_in_flight: self.max_in_flight as usize,
            max_connection_age: self.max_connection_age,
            idle_guess: self.idle_guess,
            ca_file: self.ca_file,
            fake_server: self.fake_server,
        };
        let delivery =
            DeliveryConfig { policy, user_agent, interrupted: self.interrupted, observer: self.observer };
        Ok(Client::new(transport, delivery, self.timeout))
    }
}

fn user_agent((language, version): &(String, String)) -> HeaderValue {
    let clean = |text: &str| text.chars().filter(|c| c.is_ascii_graphic()).collect::<String>();
    let text = format!("roomcast/{} ({}/{})", env!("CARGO_PKG_VERSION"), clean(language), clean(version));
    HeaderValue::try_from(text).expect("visible ASCII is a header's value")
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("base_url", &self.base_url)
            .field("timeout", &self.timeout)
            .field("max_attempts", &self.max_attempts)
            .field("retry_unknown", &self.retry_unknown)
            .field("max_in_flight", &self.max_in_flight)
            .field("ca_file", &self.ca_file)
            .finish_non_exhaustive()
    }
}
