//! A certificate that the sandbox makes for itself, and the certificate authority with which clients trust it.

use chrono::{Datelike, Days, NaiveDate, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Some clients trust no certificate that is valid for longer than 825 days.
const VALID_FOR: Days = Days::new(800);

pub struct OwnCertificate {
    pub chain: Vec<CertificateDer<'static>>,
    pub key: PrivateKeyDer<'static>,
    /// PEM. Its key is forgotten, so it signs nothing else.
    pub authority: String,
}

impl OwnCertificate {
    /// For this machine's names and these.
    pub fn new(names: &[String]) -> Result<Self, rcgen::Error> {
        let mut all = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        for name in names {
            if !all.contains(name) {
                all.push(name.clone());
            }
        }
        let mut authority = params("roomcast-sandbox test authority", Vec::new())?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority_key = KeyPair::generate()?;
        let authority_cert = authority.self_signed(&authority_key)?;
        let mut own = params("roomcast-sandbox", all)?;
        own.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        own.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        own.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let cert = own.signed_by(&key, &Issuer::new(authority, authority_key))?;
        Ok(Self {
            chain: vec![cert.der().clone()],
            key: PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            authority: authority_cert.pem(),
        })
    }
}

fn params(name: &str, names: Vec<String>) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, name);
    let today = Utc::now().date_naive();
    let midnight = |date: NaiveDate| date_time_ymd(date.year(), date.month() as u8, date.day() as u8);
    // From yesterday on, for clocks that are behind.
    params.not_before = midnight(today.pred_opt().unwrap_or(today));
    params.not_after = midnight(today.checked_add_days(VALID_FOR).unwrap_or(today));
    Ok(params)
}

/// The file of a certificate authority. It is removed again.
pub struct AuthorityFile {
    pub path: PathBuf,
}

impl AuthorityFile {
    /// Writes the certificate authority to this file, or to a new one in the folder for temporary files.
    pub fn write(authority: &str, path: Option<PathBuf>) -> Result<Self, String> {
        let given = path.is_some();
        let path = path.unwrap_or_else(|| {
            std::env::temp_dir().join(format!("roomcast-sandbox-{}.pem", uuid::Uuid::new_v4().simple()))
        });
        let write = || {
            // In a folder that others can write to, a file that is there already may be a link of theirs.
            let mut file = if given { File::create(&path)? } else { File::create_new(&path)? };
            file.write_all(authority.as_bytes())
        };
        write().map_err(|error| {
            format!(
                "cannot write the certificate authority to {}: {error} (another: --ca-file)",
                path.display()
            )
        })?;
        Ok(Self { path: fs::canonicalize(&path).unwrap_or(path) })
    }
}

impl Drop for AuthorityFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
