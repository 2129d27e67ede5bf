//! How a sandbox is started.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// How a sandbox is started. The defaults are those for tests: loopback, a free port, keys of its own.
///
/// ```
/// # fn main() -> Result<(), String> {
/// use roomcast_sandbox::{Options, Sandbox};
///
/// let options = Options { faults: vec!["status=500,count=1".to_owned()], ..Options::default() };
/// let sandbox = Sandbox::start(options)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Options {
    /// HOST:PORT to listen on; port 0 takes any free port. Default: `127.0.0.1:0`.
    pub listen: String,
    /// Allows an address that other machines can reach.
    pub allow_non_loopback: bool,
    /// Allows other machines to use the control API: they can then read every message, and make the sandbox request any
    /// URL.
    pub allow_remote_control: bool,
    /// The app's access key. Default: `sandbox-access-key`.
    pub access_key: String,
    /// The app's secret, which signs and verifies tokens. Default: `sandbox-secret`.
    pub secret: String,
    /// Whether there is a page at `/`. Default: `None`, on a loopback address only.
    pub page: Option<bool>,
    /// Default: plain http.
    pub tls: Tls,
    /// How long a peer stays in its room after its connection broke. Default: 60 s.
    pub drop_after: Duration,
    /// Answers 429 to more than so many requests a second, after a burst of as many. Default: no limit.
    pub rate_limit: Option<u32>,
    /// What happens to requests, in the form of the option `--fault`, such as `status=500,count=3`.
    pub faults: Vec<String>,
    /// Where to post webhooks, http or https.
    pub webhook_url: Option<String>,
    /// The headers of every webhook, such as `X-Key: some-secret`.
    pub webhook_headers: Vec<String>,
    /// Writes to stderr which peers join and leave.
    pub verbose: bool,
}

/// Whether a sandbox serves https, and with which certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Tls {
    /// Plain http.
    #[default]
    Off,
    /// https, with a certificate that the sandbox makes: for `localhost`, `127.0.0.1`, `::1`, the host that it listens on,
    /// and `names`. Clients trust it with the certificate authority in `ca_file`, which the sandbox writes (PEM) and
    /// removes when it stops; by default, it is in the system's folder for temporary files.
    Own {
        /// More names and addresses of the sandbox, such as that of its container.
        names: Vec<String>,
        /// Where the certificate authority is written.
        ca_file: Option<PathBuf>,
    },
    /// https, with this certificate.
    Files {
        /// The certificate chain (PEM).
        cert: PathBuf,
        /// Its private key (PEM).
        key: PathBuf,
    },
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:0".to_owned(),
            allow_non_loopback: false,
            allow_remote_control: false,
            access_key: "sandbox-access-key".to_owned(),
            secret: "sandbox-secret".to_owned(),
            page: None,
            tls: Tls::Off,
            drop_after: Duration::from_secs(60),
            rate_limit: None,
            faults: Vec::new(),
            webhook_url: None,
            webhook_headers: Vec::new(),
            verbose: false,
        }
    }
}

/// Without the secret and the values of headers, which may be secrets too.
impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("listen", &self.listen)
            .field("access_key", &self.access_key)
            .field("page", &self.page)
            .field("tls", &self.tls)
            .field("drop_after", &self.drop_after)
            .field("rate_limit", &self.rate_limit)
            .field("faults", &self.faults)
            .field("webhook_url", &self.webhook_url)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_shown() {
        let options = Options {
            secret: "top-secret".to_owned(),
            webhook_headers: vec!["X-Key: top-secret".to_owned()],
            ..Options::default()
        };
        assert!(!format!("{options:?}").contains("top-secret"));
    }
}
