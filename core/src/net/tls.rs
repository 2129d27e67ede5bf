//! TLS without a socket: trusted authorities, the handshake, and the bytes of an open connection.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, ClientConnection, RootCertStore};

use crate::error::Error;

use super::failure::{Failure, FailureKind};

/// The trusted authorities: the system's, and those of `ca_file`.
#[derive(Clone)]
pub(crate) struct Roots(Arc<RootCertStore>);

impl Roots {
    /// Loads the system's authorities and adds those of a PEM file, whose option is called `name`.
    pub(crate) fn load(name: &str, ca_file: Option<&Path>) -> Result<Roots, Error> {
        let mut store = RootCertStore::empty();
        // Some of the system's certificates may be too old to parse; the others are enough.
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = ca_file {
            let bad = |what: &str| {
                Error::configuration(format!("{name} {} {what}", path.display()))
                    .advice("Give a file with one or more certificates in PEM form.")
            };
            // Read first: a file that cannot be opened and one that is not PEM are different mistakes.
            let bytes = std::fs::read(path).map_err(|error| bad("cannot be read").with_source(error))?;
            let certificates = parse_pem(&bytes).map_err(bad)?;
            for certificate in certificates {
                store.add(certificate).map_err(|_| {
                    let what = format!("{name} {} holds a certificate that is not valid", path.display());
                    Error::configuration(what).advice("Give a file with certificates of authorities.")
                })?;
            }
        }
        if store.is_empty() {
            return Err(Error::configuration("this machine has no certificates of authorities")
                .advice("Install them (the package ca-certificates), or give a file with some."));
        }
        Ok(Roots(Arc::new(store)))
    }

    /// A new configuration, with a session cache of its own.
    pub(crate) fn config(&self) -> Arc<ClientConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring supports every version that rustls calls safe")
            .with_root_certificates(self.0.clone())
            .with_no_client_auth();
        Arc::new(config)
    }
}

fn parse_pem(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, &'static str> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err("holds no certificate"),
        Err(_) => Err("is not PEM"),
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} authorities", self.0.len())
    }
}

/// The encryption of a connection.
pub(super) struct Tls(Box<ClientConnection>);

impl Tls {
    /// Performs the handshake and verifies the server's certificate.
    pub(super) fn connect(
        config: Arc<ClientConfig>,
        host: &str,
        wire: &mut (impl Read + Write),
    ) -> Result<Self, Failure> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| {
            Failure::new(FailureKind::Refused, "the server's name cannot be in a certificate")
        })?;
        let connection = ClientConnection::new(config, name).map_err(|error| tls_failure(&error))?;
        let mut connection = Box::new(connection);
        while connection.is_handshaking() {
            connection.complete_io(wire).map_err(|error| handshake_failure(&error))?;
        }
        Ok(Tls(connection))
    }

    /// Whether there are decrypted bytes that belong to no request.
    pub(super) fn has_surplus(&mut self) -> bool {
        let surplus = self.0.process_new_packets();
        surplus.map_or(true, |state| state.plaintext_bytes_to_read() > 0 || state.peer_has_closed())
    }

    /// Encrypts some of `bytes`, and returns how many. They are buffered until [`flush`](Tls::flush).
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.writer().write(bytes)
    }

    /// Writes out what is buffered.
    pub(super) fn flush(&mut self, wire: &mut impl Write) -> io::Result<()> {
        while self.0.wants_write() {
            self.0.write_tls(wire)?;
        }
        Ok(())
    }

    /// Reads decrypted bytes; `Interrupted` if the server's records held none so far, so that the caller can see to its deadline.
    pub(super) fn read(&mut self, wire: &mut (impl Read + Write), buf: &mut [u8]) -> io::Result<usize> {
        match self.take_decrypted(buf) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            result => return result,
        }
        self.0.read_tls(wire)?;
        let processed = self.0.process_new_packets();
        // A reply to the server's TLS messages, or an alert: if it cannot be written now, the next write takes it along.
        let _ = self.flush(wire);
        match (self.take_decrypted(buf), processed) {
            // What came before an error counts; the next read returns the error again.
            (Ok(read @ 1..), _) => Ok(read),
            (_, Err(error)) => Err(Failure::new(FailureKind::Broken, connection_text(&error)).into()),
            (Err(error), _) if error.kind() == ErrorKind::WouldBlock => Err(ErrorKind::Interrupted.into()),
            (result, _) => result,
        }
    }

    fn take_decrypted(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.0.reader().read(buf) {
            // The server closed without close_notify. Whether the response is complete, HTTP's framing decides.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(0),
            result => result,
        }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

fn handshake_failure(error: &io::Error) -> Failure {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(error) => tls_failure(error),
        None => Failure::connect("the TLS handshake", error),
    }
}

fn tls_failure(error: &rustls::Error) -> Failure {
    let text = match error {
        rustls::Error::InvalidCertificate(problem) => certificate_text(problem),
        rustls::Error::InvalidMessage(_) => "the server does not speak TLS (is the base URL right?)",
        rustls::Error::AlertReceived(_) => "the server ended the TLS handshake",
        _ => "TLS failed",
    };
    Failure::new(FailureKind::Refused, text)
}

/// What went wrong after the handshake.
fn connection_text(error: &rustls::Error) -> String {
    match error {
        // Its name, such as CertificateRequired.
        rustls::Error::AlertReceived(alert) => {
            format!("the server ended the connection with the TLS alert {alert:?}")
        }
        _ => "what the server sent is not proper TLS".to_owned(),
    }
}

fn certificate_text(problem: &CertificateError) -> &'static str {
    use CertificateError as C;
    match problem {
        C::Expired | C::ExpiredContext { .. } => "the server's certificate has expired",
        C::NotValidYet | C::NotValidYetContext { .. } => "the server's certificate is not valid yet",
        C::UnknownIssuer => {
            "the server's certificate is signed by an authority that is not trusted (if it is your own, give the client its certificate)"
        }
        C::NotValidForName | C::NotValidForNameContext { .. } => {
            "the server's certificate is for another name"
        }
        _ => "the server's certificate is not valid",
    }
}
