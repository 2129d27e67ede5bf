//! Who may use the control API.

use crate::http::origin;

#[derive(Debug, Clone)]
pub struct Access {
    /// Other machines may use it, too.
    pub remote: bool,
    /// The host in `--listen`.
    pub listen_host: String,
}

impl Access {
    /// `listen` is the HOST:PORT from the command line.
    pub fn new(listen: &str, remote: bool) -> Self {
        Self { remote, listen_host: origin::host_of(listen).to_owned() }
    }

    /// Whether it is served under this Host header. Containers reach each other by names without a dot.
    pub fn allows_host(&self, host: &str) -> bool {
        origin::is_own_host(host, &self.listen_host) || (self.remote && origin::is_single_label(host))
    }
}
