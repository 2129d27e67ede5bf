//! The trusted authorities: the system's or, where there are none, the language's own; and those that were added.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::Error;

/// What a client trusts, and where that came from, such as `system (142) + ca_file (1)`.
#[derive(Clone)]
pub(crate) struct Roots(Arc<Inner>);

struct Inner {
    store: Arc<RootCertStore>,
    /// Each source with the number of its certificates.
    sources: String,
    ca_file_option: String,
}

/// Files whose authorities are trusted in addition.
pub(crate) struct AddedRoots {
    /// What the caller's language calls the option `ca_file`.
    pub(crate) ca_file_option: String,
    pub(crate) ca_file: Option<PathBuf>,
    /// A file that a variable of the language names.
    pub(crate) extra: Option<(&'static str, PathBuf)>,
}

/// The language's own authorities. They are only asked for if the system has none.
pub(crate) struct FallbackRoots<'a> {
    pub(crate) source: &'static str,
    pub(crate) pem: Box<dyn FnOnce() -> Option<String> + 'a>,
}

impl Roots {
    /// Loads the system's authorities, or those in `SSL_CERT_FILE` and `SSL_CERT_DIR`, which then count in their place.
    pub(crate) fn load(added: AddedRoots, fallback: FallbackRoots<'_>) -> Result<Roots, Error> {
        // What could not be read does not matter if there are others; with OpenSSL, too, it is no error.
        let system = rustls_native_certs::load_native_certs().certs;
        Roots::assemble(system_source(), system, added, fallback)
    }

    fn assemble(
        source: &str,
        system: Vec<CertificateDer<'static>>,
        added: AddedRoots,
        fallback: FallbackRoots<'_>,
    ) -> Result<Roots, Error> {
        let mut trusted = Trusted::nothing();
        trusted.add_parsable(source, system);
        if trusted.store.is_empty()
            && let Some(pem) = (fallback.pem)()
        {
            trusted.add_parsable(fallback.source, parsable(pem.as_bytes()));
        }
        if trusted.store.is_empty() {
            trusted.add_built_in();
        }
        if let Some((variable, path)) = &added.extra {
            trusted.add_parsable(variable, parsable(&std::fs::read(path).unwrap_or_default()));
        }
        if let Some(path) = &added.ca_file {
            trusted.add_file(&added.ca_file_option, path)?;
        }
        let Trusted { store, sources } = trusted;
        let sources = sources.join(" + ");
        if store.is_empty() {
            let what = format!("there are no certificates of authorities to trust (roots: {sources})");
            return Err(Error::configuration(what).advice(
                "Install them (the package ca-certificates), give a PEM file with some (ca_file, SSL_CERT_FILE), \
                 or build with the feature webpki-roots.",
            ));
        }
        Ok(Roots(Arc::new(Inner { store: Arc::new(store), sources, ca_file_option: added.ca_file_option })))
    }

    /// Checks the `ca_file` of a client that does not need it.
    pub(crate) fn check_ca_file(added: &AddedRoots) -> Result<(), Error> {
        added.ca_file.as_ref().map_or(Ok(()), |path| Trusted::nothing().add_file(&added.ca_file_option, path))
    }

    pub(super) fn store(&self) -> Arc<RootCertStore> {
        self.0.store.clone()
    }

    pub(super) fn ca_file_option(&self) -> &str {
        &self.0.ca_file_option
    }
}

/// Authorities, with their sources in the order in which they were asked.
struct Trusted {
    store: RootCertStore,
    sources: Vec<String>,
}

impl Trusted {
    fn nothing() -> Self {
        Trusted { store: RootCertStore::empty(), sources: Vec::new() }
    }

    fn count(&mut self, source: &str, certificates: usize) {
        self.sources.push(format!("{source} ({certificates})"));
    }

    /// Adds a collection, of which some may be too old to parse; the others are enough.
    fn add_parsable(&mut self, source: &str, certificates: Vec<CertificateDer<'static>>) {
        let (valid, _) = self.store.add_parsable_certificates(certificates);
        self.count(source, valid);
    }

    #[cfg(feature = "webpki-roots")]
    fn add_built_in(&mut self) {
        self.store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        self.count("webpki-roots", webpki_roots::TLS_SERVER_ROOTS.len());
    }

    #[cfg(not(feature = "webpki-roots"))]
    fn add_built_in(&mut self) {}

    /// Adds a file that was given, so that a fault in it is the caller's to know.
    fn add_file(&mut self, option: &str, path: &Path) -> Result<(), Error> {
        let bad = |what: &str| {
            Error::configuration(format!("{option} {} {what}", path.display()))
                .advice("Give a file with one or more certificates in PEM form.")
        };
        // Read first: a file that cannot be opened and one that is not PEM are different mistakes.
        let bytes = std::fs::read(path).map_err(|error| bad("cannot be read").with_source(error))?;
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
        let certificates = certificates.map_err(|_| bad("is not PEM"))?;
        if certificates.is_empty() {
            return Err(bad("holds no certificate"));
        }
        self.count(option, certificates.len());
        for certificate in certificates {
            self.store.add(certificate).map_err(|_| {
                let what = format!("{option} {} holds a certificate that is not valid", path.display());
                Error::configuration(what).advice("Give a file with certificates of authorities.")
            })?;
        }
        Ok(())
    }
}

fn parsable(pem: &[u8]) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).collect()
}

/// Where rustls-native-certs looks: the variables count if they are set, and only then.
fn system_source() -> &'static str {
    let is_set = |variable| env::var_os(variable).is_some();
    // A list of directories without an entry names none.
    let dirs = env::var_os("SSL_CERT_DIR").unwrap_or_default();
    let has_dir = env::split_paths(&dirs).any(|dir| !dir.as_os_str().is_empty());
    match (is_set("SSL_CERT_FILE"), has_dir) {
        (true, true) => "SSL_CERT_FILE and SSL_CERT_DIR",
        (true, false) => "SSL_CERT_FILE",
        (false, true) => "SSL_CERT_DIR",
        (false, false) => "system",
    }
}

impl fmt::Display for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.sources)
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.sources)
    }
}
