//! New certificates for each run with TLS.

use std::fs;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use crate::Failure;

pub fn make(directory: &Path) -> Result<(), Failure> {
    let mut authority = CertificateParams::new(Vec::new())?;
    // Different from the server certificate's name, which would otherwise look self-signed.
    authority.distinguished_name.push(DnType::CommonName, "roomcast-bench");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate()?;
    let authority_certificate = authority.self_signed(&authority_key)?;

    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(["127.0.0.1".to_owned()])?
        .signed_by(&key, &Issuer::new(authority, authority_key))?;

    fs::write(directory.join("ca.pem"), authority_certificate.pem())?;
    fs::write(directory.join("cert.pem"), certificate.pem())?;
    fs::write(directory.join("key.pem"), key.serialize_pem())?;
    Ok(())
}
