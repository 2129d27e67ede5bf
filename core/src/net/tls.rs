//! TLS without a socket: the handshake, and the bytes of an open connection.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, KeyProvider, ring};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::sign::SigningKey;
use rustls::{CertificateError, ClientConfig, ClientConnection, Error};

use super::failure::{Failure, FailureKind};
use super::roots::Roots;

/// How connections are encrypted.
#[derive(Debug, Clone)]
pub(crate) struct TlsConfig {
    /// With the session cache that the connections share.
    client: Arc<ClientConfig>,
    /// To be named in errors.
    roots: Roots,
}

impl TlsConfig {
    /// A new configuration, with a session cache of its own.
    pub(crate) fn new(roots: &Roots) -> Self {
        let provider = CryptoProvider { key_provider: &NoKeys, ..ring::default_provider() };
        let config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .expect("ring supports every version that rustls calls safe")
            .with_root_certificates(roots.store())
            .with_no_client_auth();
        TlsConfig { client: Arc::new(config), roots: roots.clone() }
    }
}

/// Clients have no certificate, and so no key. In place of ring's, which would link the signing with every kind of key: 60 kB.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(&self, _key: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        Err(Error::General("no keys are supported".to_owned()))
    }
}

/// The encryption of a connection.
pub(super) struct Tls(Box<ClientConnection>);

impl Tls {
    /// Performs the handshake and verifies the server's certificate.
    pub(super) fn connect(
        config: &TlsConfig,
        host: &str,
        wire: &mut (impl Read + Write),
    ) -> Result<Self, Failure> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| {
            Failure::new(FailureKind::Refused, "the server's name cannot be in a certificate")
        })?;
        let failure = |error| tls_failure(&error, &config.roots);
        let connection = ClientConnection::new(config.client.clone(), name).map_err(failure)?;
        let mut connection = Box::new(connection);
        while connection.is_handshaking() {
            connection.complete_io(wire).map_err(|error| handshake_failure(&error, &config.roots))?;
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

fn handshake_failure(error: &io::Error, roots: &Roots) -> Failure {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(error) => tls_failure(error, roots),
        None => Failure::connect("the TLS handshake", error),
    }
}

fn tls_failure(error: &rustls::Error, roots: &Roots) -> Failure {
    let text = match error {
        rustls::Error::InvalidCertificate(problem) => certificate_text(problem, roots),
        rustls::Error::InvalidMessage(_) => {
            "the server does not speak TLS (is the base URL right?)".to_owned()
        }
        rustls::Error::AlertReceived(_) => "the server ended the TLS handshake".to_owned(),
        _ => "TLS failed".to_owned(),
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

/// Names the roots where other ones could help.
fn certificate_text(problem: &CertificateError, roots: &Roots) -> String {
    use CertificateError as C;
    let text = match problem {
        C::Expired | C::ExpiredContext { .. } => "has expired",
        C::NotValidYet | C::NotValidYetContext { .. } => "is not valid yet",
        C::NotValidForName | C::NotValidForNameContext { .. } => "is for another name",
        C::UnknownIssuer => "is signed by an authority that is not trusted",
        // As after an authority was made anew, under the same name.
        C::BadSignature => "has a wrong signature, or one of another authority with the same name",
        _ => "is not valid",
    };
    let advice = match problem {
        C::UnknownIssuer | C::BadSignature => {
            format!(
                " (roots: {roots}); if it is your own, give its certificate as {}",
                roots.ca_file_option()
            )
        }
        _ => String::new(),
    };
    format!("the server's certificate {text}{advice}")
}
